// What this shop's handler must accept and refuse. Run it with node --test; shop.mjs beside it is yours to write.
//
// newShop(shop) takes the secret and the one open order ({secret, identifier, amount, currency}) and gives a function
// from a posted body (a Buffer) and its content type to whether the order was taken for paid, or a promise of that.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { newShop } from './shop.mjs';

const told = JSON.parse(readFileSync(new URL('notification_cases.json', import.meta.url), 'utf8'));

for (const posted of told.cases) {
  test(posted.name, async () => {
    const accepts = await newShop(told.shop);
    if (posted.follows_the_genuine_one) {
      const genuine = told.cases[0];
      assert.equal(await accepts(Buffer.from(genuine.body), genuine.content_type), true);
    }
    const accepted = await accepts(Buffer.from(posted.body), posted.content_type);
    assert.equal(accepted, posted.is_accepted, `${posted.what}: ${posted.otherwise}`);
  });
}
