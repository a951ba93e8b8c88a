import { PageHeaderSkeleton, PanelSkeleton } from "@steward/ui";

/** A page on its way. */
export function PagePending() {
  return (
    <>
      <PageHeaderSkeleton />
      <PanelSkeleton height={320} />
    </>
  );
}
