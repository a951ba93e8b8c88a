import { Button, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { type FormEvent, useState } from "react";

import styles from "./requirement.module.css";

/** A shelf mark or an address is this long at most. */
const COPY_MAX_CHARS = 300;

/**
 * Where the reader keeps the licensed copy of the standard. Steward holds no text of it; whoever needs the wording
 * looks it up there, under the number of the requirement.
 */
export function LicensedCopy({ requirementRef }: { requirementRef: string }) {
  const [place, setPlace] = useLocalStorage({
    key: "steward.licensed-copy",
    defaultValue: "",
    getInitialValueInEffect: false,
  });
  const [editing, setEditing] = useState(false);
  return (
    <div className={styles.copy}>
      <h3 className={styles.small}>Your licensed copy</h3>
      {editing ? (
        <CopyForm
          place={place}
          onSave={(text) => {
            setPlace(text);
            setEditing(false);
          }}
        />
      ) : (
        <div className={styles.copyRow}>
          <span className={styles.muted}>
            {place === "" ? (
              "Steward holds no text of the standard. Note where yours is."
            ) : (
              <>
                Look up {requirementRef} in: <CopyPlace place={place} />
              </>
            )}
          </span>
          <Button variant="subtle" size="compact-xs" onClick={() => setEditing(true)}>
            {place === "" ? "Note where it is" : "Change"}
          </Button>
        </div>
      )}
    </div>
  );
}

function CopyPlace({ place }: { place: string }) {
  if (!/^https?:\/\//.test(place)) return place;
  return (
    <a href={place} target="_blank" rel="noreferrer">
      {place}
    </a>
  );
}

function CopyForm({ place, onSave }: { place: string; onSave: (place: string) => void }) {
  const [text, setText] = useState(place);
  function submit(event: FormEvent) {
    event.preventDefault();
    onSave(text.trim());
  }
  return (
    <form onSubmit={submit} className={styles.copyRow}>
      <TextInput
        flex={1}
        label="Where your copy is"
        description="Kept in this browser, for example: intranet, Standards, ISO-IEC-42001.pdf"
        value={text}
        maxLength={COPY_MAX_CHARS}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" size="xs">
        Save
      </Button>
    </form>
  );
}
