import { Button, Select } from "@mantine/core";
import { useState } from "react";
import type { DataClass } from "../../shared/nouns/catalog.ts";
import type { Discovery, Proposal } from "../../shared/nouns/discovery.ts";
import { plural } from "../ui/number.ts";
import { keyOf, sureEnough, type Decision } from "./class-decisions.ts";
import { choices } from "./class-drift.tsx";

const percent = (confidence: number) => `${Math.round(confidence * 100)} %`;
const thresholds = [0.95, 0.8, 0.6, 0.4, 0];

/** What samples say: a class for each column that seems to need one, why, and the way to accept it. */
export function ClassProposals({
  found,
  classes,
  saving,
  decide,
}: {
  found: Discovery;
  classes: readonly DataClass[];
  saving: boolean;
  decide: (decisions: readonly Decision[]) => void;
}) {
  const [least, setLeast] = useState("0.8");
  const sure = sureEnough(found.proposals, Number(least));
  return (
    <section aria-labelledby="proposals">
      <h2 id="proposals">
        Proposals <span className="cnt">{found.proposals.length}</span>
        <span className="f11 t2 nophone">
          {plural(found.columns, "column")} of {plural(found.relations, "relation")} looked at
        </span>
        <span className="sp" />
        {found.proposals.length === 0 ? null : (
          <span className="row g6">
            <Select
              aria-label="How sure a proposal must be to be accepted with others"
              value={least}
              data={thresholds.map((each) => ({
                value: String(each),
                label: each === 0 ? "All" : `At least ${percent(each)} sure`,
              }))}
              allowDeselect={false}
              onChange={(value) => value !== null && setLeast(value)}
            />
            <Button
              variant="filled"
              disabled={sure.length === 0}
              loading={saving}
              onClick={() => decide(sure)}
            >
              Accept {sure.length}
            </Button>
          </span>
        )}
      </h2>
      {found.proposals.length === 0 ? (
        <p className="f12 t2 more">
          Nothing among the columns without a class looks personal. That is no proof: samples are small.
        </p>
      ) : (
        <ul>
          {found.proposals.map((proposal) => (
            <ProposalRow
              key={keyOf(proposal)}
              proposal={proposal}
              classes={classes}
              saving={saving}
              decide={decide}
            />
          ))}
        </ul>
      )}
      {found.skipped.length === 0 ? null : (
        <>
          <h3 className="f12 t2 more">Not looked at</h3>
          <ul>
            {found.skipped.map(({ relation, because }) => (
              <li key={relation} className="proposal">
                <code className="el">{relation}</code>
                <span className="f12 t2">{because}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function ProposalRow({
  proposal,
  classes,
  saving,
  decide,
}: {
  proposal: Proposal;
  classes: readonly DataClass[];
  saving: boolean;
  decide: (decisions: readonly Decision[]) => void;
}) {
  const { relation, column, type, confidence, evidence, defined } = proposal;
  const [chosen, setChosen] = useState<string | null>(defined ? proposal.class : null);
  return (
    <li className="proposal">
      <span className="el">
        <code>{keyOf(proposal)}</code> <span className="mono f11 t3">{type}</span>
      </span>
      <span className="f12">
        <b className="tnum">{percent(confidence)}</b> {evidence.says}
        {evidence.shape === undefined ? null : (
          <>
            {" "}
            Most look like <code>{evidence.shape}</code>.
          </>
        )}
        {defined ? null : (
          <span className="t2"> Define a class “{proposal.class}” first, or choose another.</span>
        )}
      </span>
      <span className="row g6">
        <Select
          aria-label={`Class of ${keyOf(proposal)}`}
          placeholder="Choose"
          value={chosen}
          data={choices(classes)}
          onChange={setChosen}
        />
        <Button
          aria-label={`Accept ${keyOf(proposal)}`}
          disabled={chosen === null}
          loading={saving}
          onClick={() => chosen !== null && decide([{ relation, column, class: chosen }])}
        >
          Accept
        </Button>
      </span>
    </li>
  );
}
