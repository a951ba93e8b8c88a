/** A form that sends to the API: values, errors beside their fields and in a summary, unsaved changes. */
import { ApiProblem } from "@steward/client";
import { sameValue, type SummaryError } from "@steward/ui";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useRef, useState } from "react";

import { problemView } from "../shell/page-error.tsx";

export type FieldErrors = Readonly<Record<string, string>>;

export interface ApiFormOptions<V extends Record<string, unknown>, R> {
  /** Values by field. A field is called as the API calls it, its path joined by dots: `person.email`. */
  initial: V;
  labels: Readonly<Record<keyof V & string, string>>;
  /** What can be seen to be wrong before anything is sent: messages by field. */
  check?: (values: V) => FieldErrors;
  send: (values: V) => Promise<R>;
  onDone: (result: R) => void | Promise<void>;
}

export function useApiForm<V extends Record<string, unknown>, R>(options: ApiFormOptions<V, R>) {
  const formId = useId();
  const [start] = useState(options.initial);
  const [values, setValues] = useState(options.initial);
  const [checked, setChecked] = useState<FieldErrors>({});
  const [attempt, setAttempt] = useState(0);
  const done = useRef(false);
  const mutation = useMutation({
    mutationFn: options.send,
    onSuccess: async (result) => {
      done.current = true;
      await options.onDone(result);
    },
    onError: () => setAttempt((count) => count + 1),
  });

  const sent = mutation.error instanceof ApiProblem ? mutation.error.fields : {};
  const errors: FieldErrors = { ...sent, ...checked };

  function submit(event: FormEvent) {
    event.preventDefault();
    if (mutation.isPending) return;
    const found = options.check?.(values) ?? {};
    setChecked(found);
    mutation.reset();
    if (Object.keys(found).length > 0) setAttempt((count) => count + 1);
    else mutation.mutate(values);
  }

  return {
    values,
    submit,
    attempt,
    /** Messages by field, for inputs that stand for several. */
    errors,
    busy: mutation.isPending,
    /** There is something that leaving the page would lose. */
    isDirty: () => !done.current && !sameValue(values, start),
    set<K extends keyof V>(name: K, value: V[K]) {
      setValues((before) => ({ ...before, [name]: value }));
    },
    /** What an input needs to stand for a field. */
    field(name: keyof V & string) {
      return { id: `${formId}${name}`, name, label: options.labels[name], error: errors[name] };
    },
    summary: summaryOf({ formId, labels: options.labels, errors, failure: mutation.error }),
  };
}

interface SummaryInput {
  formId: string;
  labels: Readonly<Record<string, string>>;
  errors: FieldErrors;
  failure: Error | null;
}

/** Every error once: those of a field lead to it; the problem's own words stand alone when it names no field. */
export function summaryOf({ formId, labels, errors, failure }: SummaryInput): SummaryError[] {
  const listed = Object.entries(errors).map(([name, message]) =>
    Object.hasOwn(labels, name) ? { fieldId: `${formId}${name}`, label: labels[name], message } : { message },
  );
  if (listed.length > 0 || failure === null) return listed;
  const { title, detail } = problemView(failure);
  return [{ message: detail === undefined ? title : `${title}. ${detail}` }];
}
