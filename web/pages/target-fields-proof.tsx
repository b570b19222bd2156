import { Button, Checkbox, PasswordInput, Textarea } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { FormErrors } from "./target-form-address.ts";
import { proofWays, type ProofForm, type ProofWay } from "./target-form-ssh.ts";

const words: Record<ProofWay, string> = {
  privateKey: "Private key",
  password: "Password",
  answers: "Answers to its questions",
};
const mostAnswers = 8;

/** How the gateway signs in at a host. What is entered goes in and never comes out; nothing chosen keeps what is sealed. */
export function ProofFields({
  proof,
  errors,
  isNew,
  readOnly,
  change,
}: {
  proof: ProofForm;
  errors: FormErrors;
  isNew: boolean;
  readOnly: boolean;
  change: (proof: ProofForm) => void;
}) {
  const set = (part: Partial<ProofForm>) => change({ ...proof, ...part });
  const { ways, answers } = proof;
  return (
    <>
      <Checkbox.Group
        className="wide"
        label="Signs in with"
        description={
          isNew ? "All that the host asks for" : "Nothing chosen: the sealed credentials stay as they are"
        }
        error={errors["ways"]}
        value={[...ways]}
        onChange={(chosen) => set({ ways: proofWays.filter((way) => chosen.includes(way)) })}
      >
        <div className="row g12 wrap ways">
          {proofWays.map((way) => (
            <Checkbox key={way} value={way} label={words[way]} disabled={readOnly} />
          ))}
        </div>
      </Checkbox.Group>
      {ways.includes("privateKey") ? (
        <>
          <Textarea
            className="wide sql"
            label="Private key"
            description="OpenSSH's or PEM form, as in ~/.ssh/id_ed25519"
            autosize
            minRows={3}
            maxRows={8}
            spellCheck={false}
            autoComplete="off"
            error={errors["privateKey"]}
            value={proof.privateKey}
            onChange={(event) => set({ privateKey: event.currentTarget.value })}
          />
          <Secret
            label="Passphrase of the key, if it has one"
            value={proof.passphrase}
            change={(passphrase) => set({ passphrase })}
          />
        </>
      ) : null}
      {ways.includes("password") ? (
        <Secret
          label="Password"
          error={errors["password"]}
          value={proof.password}
          change={(password) => set({ password })}
        />
      ) : null}
      {ways.includes("answers") ? (
        <fieldset className="wide answers" aria-label="Answers, in the order of the questions">
          {answers.map((answer, index) => (
            <Secret
              // oxlint-disable-next-line react/no-array-index-key -- an answer is its place among the questions
              key={index}
              label={`Answer ${index + 1}`}
              error={index === 0 ? errors["answers"] : undefined}
              value={answer}
              change={(value) => set({ answers: answers.with(index, value) })}
            />
          ))}
          {answers.length < mostAnswers ? (
            <Button
              variant="subtle"
              color="quiet"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => set({ answers: [...answers, ""] })}
            >
              Another answer
            </Button>
          ) : null}
        </fieldset>
      ) : null}
    </>
  );
}

function Secret({
  label,
  value,
  error,
  change,
}: {
  label: string;
  value: string;
  error?: string | undefined;
  change: (value: string) => void;
}) {
  return (
    <PasswordInput
      label={label}
      autoComplete="new-password"
      error={error}
      value={value}
      visibilityToggleButtonProps={{ "aria-label": `Show what I typed: ${label}` }}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
