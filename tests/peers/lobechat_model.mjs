// Reads {baseURL, apiKey, bodies, door} and tells what npm's openai client makes of the answers.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const OpenAI = createRequire(process.argv[2])("openai");
const { bodies, door = "chat", ...options } = JSON.parse(readFileSync(0, "utf8"));
const client = new OpenAI({ timeout: 30000, ...options });

const doors = { chat: client.chat.completions, embeddings: client.embeddings, responses: client.responses };

async function ask(body) {
  const told = { chunks: [], whole: null, error: null };
  try {
    const answer = await doors[door].create(body);
    if (body.stream) for await (const chunk of answer) told.chunks.push(chunk);
    else told.whole = answer;
  } catch ({ constructor, status, code, type, message }) {
    told.error = { name: constructor.name, status, code, type, message };
  }
  return told;
}

const answers = [];
for (const body of bodies) answers.push(await ask(body));
process.stdout.write(JSON.stringify(answers));
