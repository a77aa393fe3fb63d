// Runs the GitHub of the package emulate, unmodified, on a port: PORT TOKEN. It prints the private key of its App in JSON and ends
// with its input.
import { pathToFileURL } from 'node:url';

const [port, token] = process.argv.slice(2);
const { createEmulator } = await import(pathToFileURL('node_modules/emulate/dist/api.js'));
const app = {
  app_id: 12345,
  slug: 'hotroom',
  name: 'hotroom',
  permissions: { issues: 'write', metadata: 'read' },
  installations: [{ installation_id: 77, account: 'acme-hotroom', permissions: { issues: 'write', metadata: 'read' } }],
};
const seed = {
  tokens: { [token]: { login: 'acme-hotroom', scopes: ['repo'] } },
  github: {
    users: [{ login: 'acme-hotroom' }],
    repos: [{ owner: 'acme-hotroom', name: 'shop', private: true }],
    apps: [app],
  },
};
const github = await createEmulator({ service: 'github', port: Number(port), seed });
const key = github.generatedSecrets.find((secret) => secret.kind === 'github.app_private_key');
console.log(JSON.stringify({ key: key.value }));
process.stdin.resume();
process.stdin.on('end', () => github.close().then(() => process.exit(0)));
