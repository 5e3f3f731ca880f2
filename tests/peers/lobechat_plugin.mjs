// Reads {manifests, documents, calls} as JSON and tells what LobeChat's own packages make of them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const load = createRequire(process.argv[2]);
const sdk = load("@lobehub/chat-plugin-sdk");
const { OpenAPIConvertor } = load("@lobehub/chat-plugin-sdk/openapi");
const { createGatewayOnEdgeRuntime } = load("@lobehub/chat-plugins-gateway");

const asked = JSON.parse(readFileSync(0, "utf8"));
console.info = console.log = console.error; // the answer alone goes to stdout
const told = { manifests: [], documents: [], calls: [] };

for (const manifest of asked.manifests ?? []) {
  const found = sdk.pluginManifestSchema.safeParse(manifest);
  told.manifests.push(found.success ? "valid" : found.error.issues);
}
for (const document of asked.documents ?? []) {
  const convertor = new OpenAPIConvertor(document);
  const settings = await convertor.convertAuthToSettingsSchema();
  told.documents.push({ settings, api: await convertor.convertOpenAPIToPluginSchema() });
}
const gateway = createGatewayOnEdgeRuntime();
for (const { payload, settings } of asked.calls ?? []) {
  const answer = await gateway(
    new Request("http://lobechat/webapi/plugin/gateway", {
      method: "POST",
      body: JSON.stringify(payload),
      headers: sdk.createHeadersWithPluginSettings(settings),
    }),
  );
  told.calls.push({ status: answer.status, text: await answer.text() });
}
process.stdout.write(JSON.stringify(told));
