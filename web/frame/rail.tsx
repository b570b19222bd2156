import { Menu } from "@mantine/core";
import { IconKeyboard, IconLogout, IconMoon, IconSettings, IconSun } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { usePortal } from "../api/portal.tsx";
import { Avatar, Count } from "../ui/marks.tsx";
import { Mark } from "../ui/mark.tsx";
import { useBadges } from "./badges.ts";
import { openHelp } from "./help.tsx";
import { placesFor, type Place } from "./navigation.ts";
import { useScheme } from "./scheme.ts";

/** The rail: icon and word for each place, and the person at its foot. A bar at the bottom on phones. */
export function Rail() {
  const { me, auth } = usePortal();
  const { dark, toggle } = useScheme();
  const badges = useBadges();
  const places = placesFor(me);
  const go = (place: Place) => (
    <Link
      key={place.to}
      to={place.to}
      className={place.low === true ? "go nophone" : "go"}
      activeProps={{ "aria-current": "page" }}
    >
      <place.icon className="i" size={20} stroke={1.9} aria-hidden />
      {place.word}
      {(badges[place.to] ?? "") === "" ? null : <Count value={badges[place.to] ?? ""} hot />}
    </Link>
  );
  return (
    <nav className="rail" aria-label="Main">
      <span className="mark">
        <Mark />
      </span>
      {places.filter((place) => place.low !== true).map(go)}
      <span className="sp" />
      {places.filter((place) => place.low === true).map(go)}
      <Menu position="right-end" width={220}>
        <Menu.Target>
          <button type="button" className="me" aria-label={`${me.name}: account, theme and keys`}>
            <Avatar name={me.name} workload={me.kind === "workload"} large />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {me.name}
            <br />
            {me.roles.length === 0 ? "no role in the portal" : me.roles.join(", ")}
          </Menu.Label>
          <Menu.Item
            leftSection={dark ? <IconSun size={14} aria-hidden /> : <IconMoon size={14} aria-hidden />}
            onClick={toggle}
          >
            {dark ? "Light theme" : "Dark theme"}
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={14} aria-hidden />} onClick={openHelp}>
            Keys
          </Menu.Item>
          <Menu.Item component={Link} to="/settings" leftSection={<IconSettings size={14} aria-hidden />}>
            Settings
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={14} aria-hidden />} onClick={() => void auth.signOut()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
