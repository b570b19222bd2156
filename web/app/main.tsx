import "../ui/base.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "@mantine/spotlight/styles.layer.css";
import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "../ui/tokens.css";
import "../ui/mantine.css";
import "../ui/ui.css";
import "../frame/shell.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { toUserError } from "../api/errors.ts";
import { Boot } from "./boot.tsx";
import { showDensity } from "../frame/density.ts";
import { theme, variables } from "./theme.ts";

/** A refusal stays a refusal: only a lost connection is worth another try. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => toUserError(error).code === "network" && failures < 2,
      refetchOnWindowFocus: false,
    },
  },
});

showDensity();
const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root");
createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queries}>
        <Boot />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
