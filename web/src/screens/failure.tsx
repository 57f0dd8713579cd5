/** Pages for what should not happen, and for addresses that lead nowhere. */

import { Button } from "@mantine/core";
import { Link, useRouteError } from "react-router";

import { Empty } from "../components/empty";
import { IconWarning } from "../components/icons";

export function NotFound() {
  return (
    <Empty title="There is no such page">
      <p>The address may be mistyped, or the page has moved.</p>
      <Button component={Link} to="/activities" variant="default" size="compact-md">
        To the activities
      </Button>
    </Empty>
  );
}

export function Failure() {
  const error = useRouteError();
  return (
    <Empty icon={<IconWarning size={32} />} title="This page failed">
      <p>{error instanceof Error ? error.message : "An unknown fault."}</p>
      <p>Reload it. If it fails again, report the message above with the address of the page.</p>
      <Button
        variant="default"
        size="compact-md"
        onClick={() => {
          window.location.reload();
        }}
      >
        Reload
      </Button>
    </Empty>
  );
}
