import { expect, test } from "vitest";

import { scanFiles, type Files } from "./support.ts";

/** Every place at which a component is found, as `file:line`. */
async function placesOf(files: Files): Promise<Map<string, string[]>> {
  const { report } = await scanFiles(files);
  return new Map(
    report.components.map(({ kind, name, evidence }) => [
      `${kind} ${name}`,
      evidence.map(({ file, line }) => `${file}:${line}`),
    ]),
  );
}

test("comments and empty lines of infrastructure move no evidence", async () => {
  const places = await placesOf({
    "main.tf": `
# Laws

# and their clerk
resource "aws_bedrockagent_agent" "clerk" {

  // the model
  foundation_model = "anthropic.claude-3-haiku-20240307-v1:0"
}
`,
    "main.bicep": `

// The account

// of the clerk
resource account 'Microsoft.CognitiveServices/accounts@2023-05-01' = {
  kind: 'OpenAI'
}
`,
  });
  expect(places.get("model anthropic.claude-3-haiku-20240307-v1:0")).toEqual(["main.tf:8"]);
  expect(places.get("service aws-bedrock")).toEqual(["main.tf:5"]);
  expect(places.get("service azure-openai")).toEqual(["main.bicep:6"]);
});

test("a secret in a script stands on the script's line, and a comment of JSON moves nothing", async () => {
  const places = await placesOf({
    ".github/workflows/ask.yml": `on: push
jobs:
  ask:
    steps:
      - run: |
          echo one
          # ask with \${{ secrets.GROQ_API_KEY }}
          ask --key '\${{ secrets.OPENAI_API_KEY }}'
`,
    "appsettings.json": `// Settings
/* of two
   lines */
{
  "Model": "gpt-4o" // "gpt-4"
}
`,
  });
  expect(places.get("credential OPENAI_API_KEY")).toEqual([".github/workflows/ask.yml:8"]);
  expect(places.has("credential GROQ_API_KEY")).toBe(false);
  expect(places.get("model gpt-4o")).toEqual(["appsettings.json:5"]);
  expect(places.has("model gpt-4")).toBe(false);
});
