/** Everything that can be wrong with a file or an option: a clear message with column and row, exit 2, no output. */
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runBias } from "../../test/run-bias.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-bias-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function refused(name: string, content: string | Buffer, args: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return bad(["evaluate", file, "--output", `${file}.out`, ...args]);
}

/** Runs the command, expects exit 2 with a message and nothing else, and gives the message. */
async function bad(args: readonly string[]): Promise<string> {
  const ended = await runBias(...args);
  expect(ended).toMatchObject({ code: 2, out: "" });
  expect(ended.err).not.toContain("Unexpected error");
  const output = args[args.indexOf("--output") + 1] as string;
  if (args.includes("--output")) await expect(access(output)).rejects.toThrow();
  return ended.err;
}

const rows = (n: number, row: (i: number) => readonly (string | number)[]): string =>
  Array.from({ length: n }, (_, i) => row(i).join(",")).join("\n");

/** Sex, label and prediction that are fine, with one field of one row replaced. */
function data(header: string, replace: (i: number) => readonly (string | number)[]): string {
  return `${header}\n${rows(40, replace)}\n`;
}

const sex = (i: number): string => "FM"[i % 2] as string;
const BASE = ["--prediction", "p", "--attributes", "sex"];
const LABELLED = ["--prediction", "p", "--label", "y", "--attributes", "sex"];

describe("a file that cannot be evaluated", () => {
  it("is missing, empty, without rows, of an unknown kind or a folder", async () => {
    expect(await bad(["evaluate", path.join(folder, "none.csv"), ...BASE])).toContain("there is no such file");
    expect(await refused("empty.csv", "", BASE)).toContain("is empty");
    expect(await refused("header.csv", "sex,p\n", BASE)).toContain("has columns but no rows");
    expect(await refused("data.xlsx", "PK", BASE)).toContain("must be one of .csv, .tsv, .parquet");
    expect(await bad(["evaluate", folder, ...BASE])).toContain("is not a file");
  });

  it("is broken: Parquet, CSV with the line, JSON", async () => {
    expect(await refused("broken.parquet", Buffer.from("PAR1 not at all"), BASE)).toMatch(
      /broken\.parquet cannot be read: .+/,
    );
    expect(await refused("ragged.csv", `sex,p\nF,1\nM,0\nF,1,2,3\n`, BASE)).toMatch(/cannot be read|has no column/);
    expect(await refused("broken.jsonl", `{"sex":"F","p":1}\n{"sex":`, BASE)).toMatch(
      /broken\.jsonl cannot be read: .+/,
    );
  });

  it("lacks a column, which is named with those that are there", async () => {
    const message = await refused(
      "missing.csv",
      data("sex,q", (i) => [sex(i), i % 3]),
      BASE,
    );
    expect(message).toContain("has no column p (--prediction). It has: sex, q.");
  });

  it("has one group only, a constant control, or equal predictions or labels", async () => {
    expect(
      await refused(
        "one.csv",
        data("sex,p", (i) => ["F", i % 2]),
        BASE,
      ),
    ).toMatch(/Column sex \(--attributes\) has the value “F” in all 40 rows, from row 1 on/);
    expect(
      await refused(
        "void.csv",
        data("sex,p", (i) => ["", i % 2]),
        BASE,
      ),
    ).toMatch(/Column sex \(--attributes\) has no value in all 40 rows/);
    expect(
      await refused(
        "control.csv",
        data("sex,p,c", (i) => [sex(i), i % 3 === 0 ? 1 : 0, "x"]),
        [...BASE, "--control", "c"],
      ),
    ).toMatch(/Column c \(--control\)/);
    expect(
      await refused(
        "equal.csv",
        data("sex,p", (i) => [sex(i), 1]),
        BASE,
      ),
    ).toMatch(/All predictions are equal: column p \(--prediction\) has the value “1” in every row/);
    expect(
      await refused(
        "labels.csv",
        data("sex,p,y", (i) => [sex(i), i % 3 === 0 ? 1 : 0, 0]),
        LABELLED,
      ),
    ).toMatch(/All labels are equal: column y \(--label\)/);
  });

  it("has an attribute of 100,000 distinct values", async () => {
    const content = `id,p\n${rows(100_000, (i) => [`u${i}`, i % 2])}\n`;
    const message = await refused("ids.csv", content, ["--prediction", "p", "--attributes", "id"]);
    expect(message).toContain(
      "Column id (--attributes) has 100,000 distinct values; at most 1,000 groups can be compared (the 1001th appears at row 1,001)",
    );
    expect(message).toContain("--bin id=25,40,60");
  });
});

describe("a column that does not hold what it must", () => {
  it("holds classes where two values were expected, and no value is said to be positive", async () => {
    const message = await refused(
      "classes.csv",
      data("sex,p,y", (i) => [sex(i), i % 3 === 0 ? 1 : 0, i === 6 ? "maybe" : i % 2]),
      LABELLED,
    );
    expect(message).toMatch(
      /Column y \(--label\) holds 3 different values \(.*“maybe”.*\), first at row 7 \(“maybe”\).*--positive/,
    );
    expect(
      await refused(
        "none.csv",
        data("sex,p", (i) => [sex(i), i % 2]),
        [...BASE, "--positive", "granted"],
      ),
    ).toContain("No row has the value “granted” (--positive) in p");
    const other = await refused(
      "other.csv",
      data("sex,p,y", (i) => [sex(i), i % 3 === 0 ? "yes" : "no", i % 2 === 0 ? "good" : "yes"]),
      [...LABELLED, "--positive", "good"],
    );
    expect(other).toMatch(
      /Column p \(--prediction\) never has the value “good” \(--positive\).*first at row 1 \(“yes”\)/,
    );
    const scores = await refused(
      "scores.csv",
      data("sex,p", (i) => [sex(i), i / 41]),
      BASE,
    );
    expect(scores).toContain("They look like scores");
  });

  it("has an empty prediction, or a label that has yet to arrive", async () => {
    expect(
      await refused(
        "gap.csv",
        data("sex,p", (i) => [sex(i), i === 11 ? "" : i % 3 === 0 ? 1 : 0]),
        BASE,
      ),
    ).toContain("Column p (--prediction) is empty in 1 of 40 rows, first at row 12.");
    const later = await refused(
      "later.csv",
      data("sex,p,y", (i) => [sex(i), i % 3 === 0 ? 1 : 0, i >= 30 ? "" : i % 2]),
      LABELLED,
    );
    expect(later).toContain(
      "Column y (--label) is empty in 10 of 40 rows, first at row 31. An outcome that arrives later",
    );
    expect(
      await refused(
        "never.csv",
        data("sex,p,y", (i) => [sex(i), i % 3 === 0 ? 1 : 0, ""]),
        LABELLED,
      ),
    ).toContain("is empty in all 40 rows");
  });

  it("has weights that are negative, NaN or no numbers, and counts that are not whole", async () => {
    for (const [k, value] of ["-1", "nan", "much", "", "inf"].entries()) {
      const content = data("sex,p,w", (i) => [sex(i), i % 3 === 0 ? 1 : 0, i === 4 ? value : 1]);
      expect(await refused(`weight${k}.csv`, content, [...BASE, "--weight", "w"]), value).toMatch(
        /Column w \(--weight\) holds a weight that is negative or no number, first at row 5/,
      );
    }
    const zero = data("sex,p,w", (i) => [sex(i), i % 3 === 0 ? 1 : 0, 0]);
    expect(await refused("zero.csv", zero, [...BASE, "--weight", "w"])).toContain("is 0 in every row");
    const half = data("sex,p,n", (i) => [sex(i), i % 3 === 0 ? 1 : 0, i === 2 ? 1.5 : 3]);
    expect(await refused("half.csv", half, [...BASE, "--count", "n"])).toMatch(
      /not whole from 0, first at row 3 \(“1.5”\)/,
    );
  });

  it("has scores, ages, positions or answers that are none", async () => {
    const score = data("sex,p,s", (i) => [sex(i), i % 3 === 0 ? 1 : 0, i === 8 ? "high" : i / 40]);
    expect(await refused("score.csv", score, [...BASE, "--score", "s"])).toMatch(
      /Column s \(--score\) holds 1 values that are missing or no numbers, first at row 9 \(“high”\)/,
    );
    const same = data("sex,p,s", (i) => [sex(i), i % 3 === 0 ? 1 : 0, 0.5]);
    expect(await refused("same.csv", same, [...BASE, "--score", "s"])).toContain("has the value 0.5 in every row");
    const age = data("age,p", (i) => [i === 3 ? "old" : 20 + i, i % 2]);
    expect(await refused("age.csv", age, ["--prediction", "p", "--attributes", "age", "--bin", "age=30"])).toMatch(
      /Column age holds values that are no numbers, first at row 4 \(“3”\)|first at row 4 \(“old”\)/,
    );
    const place = data("sex,r", (i) => [sex(i), i === 0 ? 0 : i]);
    expect(await refused("place.csv", place, ["--task", "ranking", "--rank", "r", "--attributes", "sex"])).toMatch(
      /Column r \(--rank\) holds no position .* first at row 1/,
    );
    const twice = data("pair,sex,p", (i) => [i < 2 ? 0 : Math.floor(i / 2), i < 2 ? "F" : sex(i), i % 3 === 0 ? 1 : 0]);
    expect(
      await refused("twice.csv", twice, [
        "--task",
        "counterfactual",
        "--pair",
        "pair",
        "--prediction",
        "p",
        "--attributes",
        "sex",
      ]),
    ).toMatch(/two answers for the same value of sex, first at row 1/);
    const wage = data("sex,p,y", (i) => [sex(i), i, i === 5 ? "" : i + 1]);
    expect(await refused("wage.csv", wage, ["--task", "regression", ...LABELLED])).toMatch(
      /Column y \(--label\) is empty or no number in 1 rows, first at row 6/,
    );
  });
});

describe("options that contradict each other or the data", () => {
  const fine = data("sex,p,w", (i) => [sex(i), i % 3 === 0 ? 1 : 0, 1]);
  it.each<[string, string[], RegExp]>([
    ["no attributes", ["--prediction", "p"], /required option '--attributes/],
    ["no prediction", ["--attributes", "sex"], /--prediction, or that of scores/],
    ["an unknown format", [...BASE, "--format", "docx"], /Allowed choices are table, json/],
    ["an unknown option", [...BASE, "--fairness"], /unknown option/],
    ["four ways", [...BASE, "--ways", "4"], /whole number from 1 to 3/],
    ["half a replicate", [...BASE, "--replicates", "0.5"], /whole number/],
    ["bins that do not rise", [...BASE, "--bin", "sex=40,25"], /rising numbers/],
    ["bins of what is not compared", [...BASE, "--bin", "age=40"], /none of the attributes/],
    ["a reference that is not there", [...BASE, "--reference", "sex=X"], /sex=X does not occur/],
    ["an attribute held constant", [...BASE, "--control", "sex"], /held constant/],
    ["weights and counts", [...BASE, "--weight", "w", "--count", "w"], /give one of them/],
    ["pairs in a classification", [...BASE, "--pair", "w"], /no meaning with --task classification/],
    ["an attribute twice", ["--prediction", "p", "--attributes", "sex,sex"], /twice/],
  ])("%s", async (name, args, message) => {
    expect(await refused(`option-${name.replaceAll(" ", "-")}.csv`, fine, args)).toMatch(message);
  });

  it("a policy that is broken says line and field, and is not overruled by options", async () => {
    const policy = async (name: string, text: string): Promise<string[]> => {
      await writeFile(path.join(folder, name), text);
      return [...BASE, "--policy", path.join(folder, name)];
    };
    const head = "schema: steward/bias-policy/v1\nname: x\nversion: 1\n";
    const unknown = await policy("unknown.yaml", `${head}rules:\n  - disparity: fairness\n    threshold: 0.8\n`);
    expect(await refused("p1.csv", fine, unknown)).toMatch(/unknown\.yaml, line 5, rules\.0\.disparity: /);
    const wrong = await policy("wrong.yaml", `${head}profile: ll144\nconfidence: often\n`);
    expect(await refused("p2.csv", fine, wrong)).toMatch(/wrong\.yaml, line 5, confidence: /);
    const broken = await policy("broken.yaml", `${head}rules: [`);
    expect(await refused("p3.csv", fine, broken)).toMatch(/broken\.yaml, line \d/);
    const fineOne = await policy("fine.yaml", `${head}profile: four-fifths\n`);
    expect(await refused("p4.csv", fine, [...fineOne, "--min-count", "5"])).toContain(
      "--min-count cannot be given with --policy",
    );
    const slices = await policy("slices.yaml", `${head}profile: four-fifths\nslices: { attributes: [[race]] }\n`);
    expect(await refused("p5.csv", fine, slices)).toContain("No attribute is named race");
    expect(await refused("p6.csv", fine, [...BASE, "--policy", path.join(folder, "none.yaml")])).toContain(
      "the policy cannot be read",
    );
  });

  it("an output that cannot be written", async () => {
    const file = path.join(folder, "written.csv");
    await writeFile(file, fine);
    expect(
      await bad(["evaluate", file, ...BASE, "--output", path.join(folder, "no", "such", "folder.json")]),
    ).toContain("cannot be written");
  });
});
