// Verifies a message of a webhook with standardwebhooks, unmodified: reads secret, headers and body as JSON.
'use strict';

const assert = require('node:assert');
const { createRequire } = require('node:module');
const { Webhook } = createRequire(process.cwd() + '/')('standardwebhooks');

const { secret, headers, body, type } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const webhook = new Webhook(secret);
assert.equal(webhook.verify(body, headers).type, type);
assert.throws(() => webhook.verify(body.replace('sev3', 'sev1'), headers), /No matching signature/);
const old = new Date(Date.now() - 6 * 60 * 1000);
const stale = { 'webhook-timestamp': String(Math.floor(old / 1000)), 'webhook-signature': webhook.sign(headers['webhook-id'], old, body) };
assert.throws(() => webhook.verify(body, { ...headers, ...stale }), /too old/);
assert.throws(() => webhook.verify(body, { ...headers, 'webhook-id': 'evt_other' }), /No matching signature/);
console.log('verified');
