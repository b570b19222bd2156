import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ClassMap } from "../../shared/nouns/catalog.ts";
import { putClassMap, readClassMap } from "../api/administration.ts";
import { useApi } from "../api/portal.tsx";
import { toast } from "../ui/toast.tsx";

/** Changes the map that is in force now, whoever changed it since this page was opened. `title`: what is then said. */
export function useChangeClasses(target: string) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ change }: { change: (map: ClassMap) => ClassMap; title: string }) =>
      putClassMap(api, target, change(await readClassMap(api, target))),
    onSuccess: async (after, { title }) => {
      queries.setQueryData(["class-map", target], after);
      toast({ verdict: "masked", title });
      await Promise.all(
        ["schema", "drift"].map((key) => queries.invalidateQueries({ queryKey: [key, target] })),
      );
    },
  });
}
