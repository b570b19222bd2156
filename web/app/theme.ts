import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";
import { tones } from "../ui/tone.ts";

/** A tone as a Mantine colour: every shade is its solid, as the variants below choose the rest. */
const tuple = (tone: string): MantineColorsTuple => {
  const solid = `var(--sl-${tone}-solid)`;
  return [solid, solid, solid, solid, solid, solid, solid, solid, solid, solid];
};

/** `light` is a tone's fill with its text and line; `filled` is its solid with what is legible on it. */
const variantColors: VariantColorsResolver = (input) => {
  const tone = tones.find((name) => name === input.color);
  if (tone === undefined) return defaultVariantColorsResolver(input);
  const of = (part: string) => `var(--sl-${tone}-${part})`;
  switch (input.variant) {
    case "filled":
      return {
        background: of("solid"),
        hover: `color-mix(in srgb, ${of("solid")} 88%, black)`,
        color: of("on"),
        border: `1px solid ${of("solid")}`,
      };
    case "light":
      return { background: of("bg"), hover: of("bg"), color: of("fg"), border: `1px solid ${of("line")}` };
    case "outline":
      return {
        background: "var(--sl-surface)",
        hover: of("bg"),
        color: of("fg"),
        border: `1px solid ${of("solid")}`,
      };
    case "subtle":
    case "transparent":
      return {
        background: "transparent",
        hover: "var(--sl-hover)",
        color: of("fg"),
        border: "1px solid transparent",
      };
    default:
      return defaultVariantColorsResolver(input);
  }
};

export const theme = createTheme({
  fontFamily: "var(--sl-font)",
  fontFamilyMonospace: "var(--sl-mono)",
  colors: Object.fromEntries(tones.map((tone) => [tone, tuple(tone)])),
  primaryColor: "move",
  primaryShade: 8,
  variantColorResolver: variantColors,
  defaultRadius: "sm",
  radius: { xs: "var(--sl-r-cell)", sm: "var(--sl-r-ctl)", md: "var(--sl-r-panel)" },
  fontSizes: { xs: "12px", sm: "12px", md: "13px", lg: "14px", xl: "16px" },
  lineHeights: { xs: "1.45", sm: "1.45", md: "1.45" },
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs", variant: "default" } },
    ActionIcon: { defaultProps: { size: "md", variant: "subtle", color: "quiet" } },
    TextInput: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs", allowDeselect: false } },
    SegmentedControl: { defaultProps: { size: "xs", withItemsBorders: false } },
    Checkbox: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 90 } } },
    Tooltip: { defaultProps: { openDelay: 400, transitionProps: { duration: 90 } } },
    Modal: {
      defaultProps: { closeButtonProps: { "aria-label": "Close" }, transitionProps: { duration: 140 } },
    },
    Drawer: {
      defaultProps: { closeButtonProps: { "aria-label": "Close" }, transitionProps: { duration: 140 } },
    },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } } },
  },
});

const same = {
  "--mantine-color-body": "var(--sl-surface)",
  "--mantine-color-text": "var(--sl-text)",
  "--mantine-color-bright": "var(--sl-text)",
  "--mantine-color-dimmed": "var(--sl-text-3)",
  "--mantine-color-placeholder": "var(--sl-text-3)",
  "--mantine-color-anchor": "var(--sl-accent-text)",
  "--mantine-color-error": "var(--sl-stop-fg)",
  "--mantine-color-default": "var(--sl-surface)",
  "--mantine-color-default-hover": "var(--sl-hover)",
  "--mantine-color-default-color": "var(--sl-text)",
  "--mantine-color-default-border": "var(--sl-line-strong)",
  "--mantine-color-disabled": "var(--sl-quiet-bg)",
  "--mantine-color-disabled-color": "var(--sl-text-3)",
  "--mantine-color-disabled-border": "var(--sl-quiet-line)",
  "--mantine-primary-color-filled": "var(--sl-accent)",
  "--mantine-primary-color-contrast": "var(--sl-on-accent)",
};

/** Mantine's variables, set from the tokens, which know both schemes. */
export const variables: CSSVariablesResolver = () => ({
  variables: {
    "--mantine-shadow-md": "var(--sl-shadow-1)",
    "--mantine-shadow-xl": "var(--sl-shadow-2)",
    "--mantine-line-height": "var(--sl-lh)",
  },
  light: same,
  dark: same,
});
