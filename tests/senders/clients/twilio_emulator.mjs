// Runs the Twilio of the package emulate, unmodified, on a port: PORT ACCOUNT TOKEN NUMBER SMS_URL. It ends with its input.
import { pathToFileURL } from 'node:url';

const [port, account, token, number, smsUrl] = process.argv.slice(2);
const { createEmulator } = await import(pathToFileURL('node_modules/emulate/dist/api.js'));
const seed = {
  twilio: {
    account: { sid: account, auth_token: token, friendly_name: 'hotroom' },
    phone_numbers: [{ phone_number: number, sms_url: smsUrl }],
  },
};
const twilio = await createEmulator({ service: 'twilio', port: Number(port), seed });
console.log('ready');
process.stdin.resume();
process.stdin.on('end', () => twilio.close().then(() => process.exit(0)));
