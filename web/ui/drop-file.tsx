import "./drop-file.css";
import { IconFileUpload } from "@tabler/icons-react";
import { useId, useState, type DragEvent } from "react";

/** A place to drop a file on, or to choose one by keyboard. */
export function DropFile({ label, hint, take }: { label: string; hint: string; take: (file: File) => void }) {
  const [over, setOver] = useState(false);
  const id = useId();
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  };
  return (
    <div
      className={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <input
        id={id}
        type="file"
        className="vh"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) take(file);
          // The same file may be chosen again.
          currentTarget.value = "";
        }}
      />
      <label htmlFor={id} className="row g6">
        <IconFileUpload className="i" size={16} aria-hidden />
        <span>
          <b>{label}</b> <span className="t2">{hint}</span>
        </span>
      </label>
    </div>
  );
}
