/** What somebody gets who asks for a raw terminal, and what they do not. */
export function RawMeaning() {
  return (
    <div className="col g6 f12">
      <p>
        No line that is typed in it gets a verdict: nothing is held and nothing is stopped. What its screen
        shows is recorded and replays; values of hidden classes are masked there as everywhere.
      </p>
      <p>
        A policy has to allow it on this target. Where that policy asks for people, they decide about the
        whole terminal before it opens.
      </p>
    </div>
  );
}
