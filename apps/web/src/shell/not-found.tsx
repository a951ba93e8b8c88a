import { Button } from "@mantine/core";
import { EmptyState, PageHeader } from "@steward/ui";

import { AppLink } from "./app-link.tsx";
import { usePageTitle } from "./page-title.tsx";

/** There is no page at this address. */
export function NotFound() {
  usePageTitle("No such page");
  return (
    <>
      <PageHeader title="No such page" sentence="Nothing stands at this address." />
      <EmptyState
        title="The link may be old, or have a typing error"
        action={
          <Button component={AppLink} href="/">
            Go to the overview
          </Button>
        }
      >
        Search finds systems, requirements and records: press <kbd>Ctrl K</kbd>.
      </EmptyState>
    </>
  );
}
