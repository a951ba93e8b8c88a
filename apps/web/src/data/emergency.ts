/** Giving back roles that were taken on in an emergency. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api } from "../api.ts";
import { SESSION_KEY } from "./session.ts";

export function useEndEmergency() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => api.closeBreakGlass({ params: { id } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["break-glass"] });
      await queries.invalidateQueries({ queryKey: SESSION_KEY });
    },
  });
}
