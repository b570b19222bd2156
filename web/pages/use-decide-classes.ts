import { useMutation, useQueryClient } from "@tanstack/react-query";
import { putClassMap, readClassMap } from "../api/administration.ts";
import { readDrift } from "../api/discovery.ts";
import { useApi } from "../api/portal.tsx";
import { plural } from "../ui/number.ts";
import { toast } from "../ui/toast.tsx";
import { decided, type Decision } from "./class-decisions.ts";

/** Puts decisions into the map that is in force now, whoever changed it since this page was opened. */
export function useDecideClasses(target: string) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (decisions: readonly Decision[]) => {
      const [map, { gone }] = await Promise.all([readClassMap(api, target), readDrift(api, target)]);
      return putClassMap(api, target, decided(map, decisions, gone));
    },
    onSuccess: async (after, decisions) => {
      queries.setQueryData(["class-map", target], after);
      toast({
        verdict: "masked",
        title:
          decisions.length === 0
            ? `Classes of ${target} are in force`
            : `${plural(decisions.length, "column")} of ${target} decided`,
      });
      await Promise.all(
        ["schema", "drift"].map((key) => queries.invalidateQueries({ queryKey: [key, target] })),
      );
    },
  });
}
