// Asks a sandbox who is calling: how to trust it and how to check the organisation number in Node.
//
//     portal sandbox &
//     node who_am_i.mjs portal-sandbox/sandbox.json

import { readFileSync } from "node:fs";
import { request } from "node:https";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));

const call = request(`${settings.root_url}/${settings.sender}`, {
  ca: readFileSync(settings.trust_anchor),
  cert: readFileSync(settings.certificate),
  key: readFileSync(settings.private_key),
  // The server's certificate names no host: it is known by the organisation number.
  checkServerIdentity: (_host, certificate) => {
    const stated = certificate.subject.organizationIdentifier;
    return stated === `NTRNO-${settings.server_organization}`
      ? undefined
      : new Error(`the server's certificate is not the service's: ${stated}`);
  },
});
call.on("response", (response) => {
  response.setEncoding("utf8");
  response.on("data", (text) => console.log(text));
});
call.on("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
call.end();
