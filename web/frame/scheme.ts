import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";

/** Light or dark: the system's until somebody chooses; Mantine keeps the choice in localStorage. */
export function useScheme(): { dark: boolean; toggle: () => void } {
  const dark = useComputedColorScheme("light", { getInitialValueInEffect: false }) === "dark";
  const { setColorScheme } = useMantineColorScheme();
  return { dark, toggle: () => setColorScheme(dark ? "light" : "dark") };
}
