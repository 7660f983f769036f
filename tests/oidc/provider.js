// An OpenID provider for tests: oidc-provider, in which the header x-person of a browser's requests signs that person in.
//
//     node provider.js REDIRECT_URI …   prints its address; PUT /control changes it, as a JSON object says:
//
// people    {name: claims}: who there is, and what is said of each
// rotate    true: sign with another key from now on
// spoil     claims that are changed in ID tokens after they were made; `key`: "foreign" signs them with an unknown key
// idClaims  false: what is said of people is only told by the userinfo endpoint
// later     seconds by which its clock is ahead

import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, decodeJwt } from "jose";
import Provider from "oidc-provider";

const redirectUris = process.argv.slice(2);
const state = { people: {}, spoil: null, idClaims: true, later: 0, keys: 0 };
const now = Date.now;
Date.now = () => now() + 1000 * state.later;
let key, provider;

const server = createServer(async (request, response) => {
  if (request.url === "/control") {
    let body = "";
    for await (const part of request) body += part;
    const { rotate, ...changes } = JSON.parse(body);
    Object.assign(state, changes);
    if (rotate || "idClaims" in changes) await renew();
    response.end();
  } else {
    provider.callback()(request, response);
  }
});

async function newKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  state.keys += 1;
  return { ...(await exportJWK(privateKey)), kid: `key-${state.keys}`, alg: "RS256", use: "sig" };
}

async function renew() {
  key = await newKey();
  provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
    clients: [{ client_id: "trackline", client_secret: "a secret: of+tests", redirect_uris: redirectUris }],
    cookies: { keys: ["tests"] },
    jwks: { keys: [key] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username"], groups: ["groups"] },
    conformIdTokenClaims: !state.idClaims,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    ttl: { AuthorizationCode: 60, AccessToken: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    findAccount: (_, id) => state.people[id] && { accountId: id, claims: () => ({ sub: id, ...state.people[id] }) },
    async loadExistingGrant(context) {
      const { client, session, provider: own } = context.oidc;
      const grant = new own.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email profile groups");
      await grant.save();
      return grant;
    },
  });
  provider.use(signIn);
  provider.use(spoiled);
}

async function signIn(context, next) {
  if (!context.path.startsWith("/interaction/")) return next();
  const person = context.get("x-person");
  const result = person ? { login: { accountId: person } } : { error: "access_denied", error_description: "no thanks" };
  await provider.interactionFinished(context.req, context.res, result);
  context.respond = false;
}

async function spoiled(context, next) {
  await next();
  if (context.path !== "/token" || !state.spoil || !context.body.id_token) return;
  const { key: signer, ...changes } = state.spoil;
  const used = signer === "foreign" ? { ...(await newKey()), kid: key.kid } : key;
  const claims = { ...decodeJwt(context.body.id_token), ...changes };
  context.body.id_token = await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: used.kid }).sign(used);
}

server.listen(0, "127.0.0.1", async () => {
  await renew();
  console.log(`http://127.0.0.1:${server.address().port}`);
});
