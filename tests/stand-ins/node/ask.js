// SPDX-License-Identifier: Apache-2.0
// Asks a model through the vendor's own client for Node.js, and says in one line of JSON what that client made of the answer.
// Standard input: {"client": "gemini" or "openai", "url", "key", "stream", "request": what the client's method takes}.
"use strict";
const { createRequire } = require("node:module");
const packages = createRequire(process.env.NODE_PACKAGES + "/package.json");

async function gemini({ url, key, stream, request }) {
  const { GoogleGenAI } = packages("@google/genai");
  const models = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } }).models;
  if (!stream) return view(await models.generateContent(request));
  let text = "", last;
  for await (const chunk of await models.generateContentStream(request)) {
    text += chunk.text ?? "";
    last = chunk;
  }
  return { ...view(last), text };
}

function view(answer) {
  const candidate = answer.candidates?.[0];
  return {
    text: answer.text ?? null,
    finish: candidate?.finishReason ?? null,
    blocked: answer.promptFeedback?.blockReason ?? null,
    version: answer.modelVersion ?? null,
    tokens: answer.usageMetadata?.totalTokenCount ?? null,
    thoughts: answer.usageMetadata?.thoughtsTokenCount ?? null,
  };
}

async function openai({ url, key, stream, request }) {
  const { OpenAI } = packages("openai");
  const completions = new OpenAI({ apiKey: key, baseURL: url, maxRetries: 0 }).chat.completions;
  const answer = await completions.create({ ...request, stream });
  if (!stream) {
    const [choice] = answer.choices;
    return { text: choice.message.content, finish: choice.finish_reason, version: answer.model, tokens: answer.usage.total_tokens };
  }
  let text = "", finish = null;
  for await (const chunk of answer) {
    text += chunk.choices[0].delta.content ?? "";
    finish = chunk.choices[0].finish_reason ?? finish;
  }
  return { text, finish };
}

async function main() {
  const order = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  try {
    return await (order.client === "openai" ? openai : gemini)(order);
  } catch (error) {
    return { error: { code: error.status ?? null, name: error.constructor.name, message: error.message } };
  }
}

main().then((said) => console.log(JSON.stringify(said)));
