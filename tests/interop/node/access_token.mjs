// Gets an access token from a sandbox, and asks with it who is calling: the second way in, without a client
// certificate at the API.
//
//     portal sandbox &
//     node access_token.mjs portal-sandbox/sandbox.json

import { readFileSync } from "node:fs";
import { request } from "node:https";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));

function call(url, options, body) {
  return new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

// The token endpoint is an ordinary web server: its host name is checked. The certificate proves the client.
const fields = new URLSearchParams({
  grant_type: "client_credentials",
  client_id: settings.client_id,
  scope: `signering:${settings.broker_id}`,
  resource: settings.token_resource,
});
const granted = await call(
  settings.token_endpoint,
  {
    method: "POST",
    ca: readFileSync(settings.token_trust_anchor),
    cert: readFileSync(settings.certificate),
    key: readFileSync(settings.private_key),
    headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
  },
  fields.toString(),
);
if (granted.status !== 200) {
  throw new Error(granted.text);
}
const { access_token: token } = JSON.parse(granted.text);

// The API's server is known by the organisation number, as always.
const said = await call(`${settings.root_url}/${settings.sender}`, {
  ca: readFileSync(settings.trust_anchor),
  headers: { Authorization: `Bearer ${token}` },
  checkServerIdentity: (_host, certificate) => {
    const stated = certificate.subject.organizationIdentifier;
    return stated === `NTRNO-${settings.server_organization}`
      ? undefined
      : new Error(`the server's certificate is not the service's: ${stated}`);
  },
});
console.log(said.text);
