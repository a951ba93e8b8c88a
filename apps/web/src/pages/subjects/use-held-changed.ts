import { useQueryClient } from "@tanstack/react-query";

/** Asks anew, wherever it is shown, what is held about people: a hold or an erasure has changed it. */
export function useHeldChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    for (const key of ["subjects", "legal-holds", "erasure-requests"])
      await queries.invalidateQueries({ queryKey: [key] });
  };
}
