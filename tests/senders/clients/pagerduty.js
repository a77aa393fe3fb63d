// PagerDuty's events by @pagerduty/pdjs, unmodified and over TLS: ADDRESS KEY ACTION.
'use strict';

const assert = require('node:assert');
const { createRequire } = require('node:module');
const pagerduty = createRequire(process.cwd() + '/')('@pagerduty/pdjs');

const [address, key, action] = process.argv.slice(2);
const server = address.replace('https://', '');
const payload = { summary: 'Nobody can pay', source: 'web-1', severity: 'critical', custom_details: { load: 7 } };
const data = { routing_key: key, dedup_key: 'pay-1', ...(action === 'trigger' ? { payload } : {}) };

async function main() {
  const answer = await pagerduty[action]({ server, data });
  assert.deepEqual([answer.response.status, answer.data.dedup_key], [202, 'pay-1'], JSON.stringify(answer.data));
}

main().catch((error) => { console.error(error); process.exit(1); });
