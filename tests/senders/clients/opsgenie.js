// Opsgenie's alerts by opsgenie-sdk, unmodified: ADDRESS KEY.
'use strict';

const assert = require('node:assert');
const { createRequire } = require('node:module');
const opsgenie = createRequire(process.cwd() + '/')('opsgenie-sdk');

const [address, key] = process.argv.slice(2);
opsgenie.configure({ host: address, api_key: key, maxAttempts: 1 });
const call = (api, name, ...given) => new Promise((resolve, reject) =>
  opsgenie[api][name](...given, (error, answer) => (error ? reject(new Error(JSON.stringify(error))) : resolve(answer))));

async function done(asked) {
  for (let tries = 0; tries < 50; tries++) {
    try {
      const { data } = await call('alertV2', 'getRequestStatus', asked.requestId, {});
      return assert.ok(data.isSuccess, JSON.stringify(data));
    } catch (error) {
      // It might not be processed yet.
      if (!/"httpStatusCode":404/.test(error.message)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the request was not done in time');
}

async function main() {
  const alias = { identifier: 'node-disk', identifierType: 'alias' };
  await done(await call('alertV2', 'create', { message: 'Disk is full', alias: 'node-disk', priority: 'P1' }, {}));
  const { data: alert } = await call('alertV2', 'get', alias, {});
  assert.deepEqual([alert.message, alert.status], ['Disk is full', 'open']);
  await done(await call('alertV2', 'acknowledge', alias, { user: 'ann' }, {}));
  const { data: open } = await call('alertV2', 'list', { query: 'status: open AND priority: P1' }, {});
  assert.deepEqual(open.map((one) => one.alias), ['node-disk']);
  const until = new Date(Date.now() + 30 * 86400e3).toISOString();
  await done(await call('alertV2', 'snooze', alias, { endTime: until }, {}));
  assert.ok((await call('alertV2', 'get', alias, {})).data.snoozed);
  await done(await call('alertV2', 'close', alias, { user: 'ann' }, {}));
  const { data: closed } = await call('alertV2', 'get', { identifier: alert.id, identifierType: 'id' }, {});
  assert.equal(closed.status, 'closed');
  const beat = { identifier: 'node-backup', identifierType: 'name' };
  await call('heartbeat', 'create', { name: 'node-backup', interval: 1, intervalUnit: 'hours', enabled: true }, {});
  assert.match((await call('heartbeat', 'ping', beat, {})).result, /^PONG/);
  assert.ok((await call('heartbeat', 'get', beat, {})).data.lastPingTime);
  console.log('all as Opsgenie does it');
}

main().catch((error) => { console.error(error); process.exit(1); });
