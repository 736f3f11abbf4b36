import { html, type Section, shareBar } from "../../../page/index.ts";
import { rateText, timeText } from "../../../quantities.ts";
import type { Summary } from "../summary.ts";

/** Where the time went. */
export function timePart({ time, processes, total }: Summary): Section {
  const shares = [
    { name: "requests in flight", value: time.inFlight, tone: "busy" },
    { name: "nothing in flight", value: Math.max(time.idle, 0), tone: "plain" },
  ] as const;
  const text = (value: number) => `${timeText(value / 1_000)}, ${rateText(value, time.total)}`;
  const label = shares.map(({ name, value }) => `${name}: ${text(value)}`).join("; ");
  const hellos = processes.reduce((sum, { hello = 0 }) => sum + hello, 0);
  const whose = processes.length > 1 ? ` of all ${processes.length} processes together` : "";
  return {
    id: "time",
    title: "Where the time went",
    half: true,
    hint: `With requests in flight, go may be waiting for the cache. With nothing in flight it compiled, linked, ran tests or waited for something else: a faster cache doesn't help there.`,
    content: html`${shareBar(shares, label)}
<table><caption>Where the time went</caption>
<thead><tr><th scope="col">while</th><th scope="col" class="number">time${whose}</th><th scope="col" class="number">share</th></tr></thead>
<tbody>
<tr><th scope="row">requests were in flight</th><td class="number">${timeText(time.inFlight / 1_000)}</td><td class="number">${rateText(time.inFlight, time.total)}</td></tr>
<tr><th scope="row">nothing was in flight</th><td class="number">${timeText(time.idle / 1_000)}</td><td class="number">${rateText(time.idle, time.total)}</td></tr>
<tr><th scope="row">all</th><td class="number">${timeText(time.total / 1_000)}</td><td class="number">100 %</td></tr>
</tbody></table>
<p class="hint">While there were requests in flight, there were ${time.average.toFixed(1)} on average; all requests together took ${timeText(total.latency / 1_000)}. The program's hello came after ${timeText(hellos / 1_000)}.</p>`,
  };
}
