import { Skeleton, VisuallyHidden } from "@mantine/core";

/** The head of a page while its data is on the way: as tall as the head that will follow. */
export function PageHeaderSkeleton() {
  return (
    <div style={{ marginBottom: 20 }}>
      <VisuallyHidden component="output">Loading</VisuallyHidden>
      <Skeleton height={24} width="min(320px, 60%)" my={4} />
      <Skeleton height={16} width="min(560px, 90%)" mt={8} mb={4} />
    </div>
  );
}

/** Lines of text on the way. */
export function LinesSkeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div>
      <VisuallyHidden component="output">Loading</VisuallyHidden>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={14} my={7} width={line === lines - 1 ? "60%" : "100%"} />
      ))}
    </div>
  );
}

/** A panel on the way, of the height that it will have. */
export function PanelSkeleton({ height }: { height: number }) {
  return <Skeleton height={height} radius={6} />;
}
