import { expect, test } from "vitest";

import { signedHeaders } from "./sign";

test("the worked example of the reference comes out", async () => {
  const body =
    '{"event_id":"e-1","kind":"call.answered","agent":"1001","call_id":"c-1","occurred_at":1790000000000}';
  const headers = await signedHeaders("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "msg_1", 1_790_000_000, body);
  expect(headers).toEqual({
    "webhook-id": "msg_1",
    "webhook-timestamp": "1790000000",
    "webhook-signature": "v1,N4NqxuJ3h3lhBo5ywzjAcTXkO1f0A+uNfqeFR38KACk=",
  });
});
