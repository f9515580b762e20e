# SPDX-License-Identifier: Apache-2.0
"""What Slack gets to see; and whether our stand-in for it answers as Slack does, by the word of Slack's own client."""
import json
import urllib.request

import pytest
from slack_sdk.webhook import WebhookClient

import slack
from documents import ACTED, DECIDED, OBSERVED, document, encode, headers
from test_rejected import incident_of

HOSTILE = "<!channel> <@U123> <https://evil.example|runbook> & *bold* `code` \u202e\u200b\x1b[31m :fire: " + "x" * 3_000


@pytest.fixture
def notifier(own_pipeline, webhook):
    """The notifier alone, with the stand-in for its Slack; it is told of outcomes by hand."""
    pipeline = own_pipeline()
    pipeline.environment["notifier"] = {"SLACK_WEBHOOK_URL": webhook.url}
    return pipeline.start("notifier")


def tell(pipeline, name, **sections):
    """Writes an outcome, and waits for the notice that it was told."""
    key, incident = f"test/shop/Deployment/{name}", incident_of(name)
    value = encode(document("outcomes", key, incident) | sections)
    pipeline.topics.write("outcomes", value, key=key.encode(), headers=headers("outcomes", key, incident))
    return pipeline.topics.wait("notices", lambda record: record.document["id"] == incident, within=20)


def test_outcome_is_one_message_within_the_limits(notifier, webhook):
    notice = tell(notifier, "web")
    assert notice.document["notified"]["channel"] == "webhook"
    assert webhook.faults == [] and len(webhook.messages) == 1
    body = webhook.messages[0]
    shown = json.dumps(body, ensure_ascii=False)
    for text in ("shop/web", "ImagePullBackOff", DECIDED["root_cause"], DECIDED["command"], notice.document["id"]):
        assert text in shown
    assert "shop/web" in body["text"], "the text that notifications show names no workload"


def test_hostile_text_pings_nobody_and_breaks_no_limit(notifier, webhook):
    evidence = [{"ref": f"E{n}", "kind": "log", "trust": "W", "text": HOSTILE} for n in range(32)]
    tell(notifier, "hostile",
         observed=OBSERVED | {"summary": HOSTILE, "evidence": evidence, "target": OBSERVED["target"] | {"name": HOSTILE[:300]}},
         decided=DECIDED | {"root_cause": HOSTILE, "explanation": HOSTILE, "command": HOSTILE,
                            "evidence": [{"ref": item["ref"], "quote": HOSTILE[:400]} for item in evidence]},
         acted=ACTED | {"detail": HOSTILE, "diff": HOSTILE, "warnings": [HOSTILE] * 10})
    assert webhook.faults == [] and len(webhook.messages) == 1
    assert slack.notifications(webhook.messages[0]) == []
    assert not set("\u202e\u200b\x1b") & set(json.dumps(webhook.messages[0], ensure_ascii=False))


def test_rate_limit_is_respected_and_the_message_arrives(notifier, webhook):
    webhook.plan(429, "rate_limited", Retry_After="2")
    webhook.plan(500, "rollup_error")
    tell(notifier, "limited")
    assert (webhook.attempts, len(webhook.messages)) == (3, 1)


def test_webhook_that_is_gone_alarms_and_the_message_is_printed(notifier, webhook):
    webhook.plan(404, "no_service")
    notice = tell(notifier, "gone", observed=OBSERVED | {"target": OBSERVED["target"] | {"name": "gone"}})
    assert notice.document["notified"]["channel"] == "terminal"
    assert webhook.attempts == 1, "a webhook that is gone will not come back by asking again"
    assert "shop/gone" in notifier.notifier.output.read_text()
    assert "no_service" in notifier.notifier.parts()["slack"]
    tell(notifier, "back")
    assert notifier.notifier.parts()["slack"] == "ready" and len(webhook.messages) == 1


def test_address_of_the_webhook_is_nowhere_to_be_read(notifier, webhook):
    webhook.plan(404, "no_service")
    tell(notifier, "secret")
    for text in (notifier.notifier.log.read_text(), notifier.notifier.output.read_text(), notifier.notifier.get("/readyz")[1],
                 notifier.notifier.get("/metrics")[1]):
        assert "services/T0001" not in text


def test_what_was_told_is_not_told_again_after_a_restart(notifier, webhook):
    tell(notifier, "once")
    notifier.stop("notifier")
    key, incident = "test/shop/Deployment/once", incident_of("once")
    notifier.topics.write("outcomes", encode(document("outcomes", key, incident)), key=key.encode(), headers=headers("outcomes", key, incident))
    notifier.start("notifier")
    tell(notifier, "next")
    assert len(webhook.messages) == 2
    assert len(notifier.topics.find("notices", lambda record: record.document["id"] == incident)) == 1


# --- The stand-in itself ------------------------------------------------------------------------------------------------------

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


def test_the_official_client_is_content(webhook):
    answer = WebhookClient(webhook.url).send(text="hello", blocks=[SECTION])
    assert (answer.status_code, answer.body) == (200, "ok")
    assert webhook.messages == [{"text": "hello", "blocks": [SECTION]}]


def test_the_official_client_hears_of_a_webhook_that_is_gone(webhook):
    answer = WebhookClient(webhook.url.replace("/services/", "/service/")).send(text="hello")
    assert (answer.status_code, answer.body) == (404, "no_service")


def test_the_official_client_hears_of_the_rate_limit(webhook):
    webhook.plan(429, "rate_limited", Retry_After="7")
    answer = WebhookClient(webhook.url).send(text="hello")
    assert (answer.status_code, answer.body, answer.headers["Retry-After"]) == (429, "rate_limited", "7")
    assert WebhookClient(webhook.url).send(text="hello").status_code == 200


@pytest.mark.parametrize("blocks", [
    [], [SECTION] * 51, [{"type": "section"}], [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}],
    [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
    [{"type": "section", "fields": [SECTION["text"]] * 11}],
    [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}],
    [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], [{"type": "header", "text": SECTION["text"]}],
    [{"type": "context", "elements": [SECTION["text"]] * 11}], [{"type": "marquee"}], [SECTION | {"colour": "red"}],
    [SECTION | {"block_id": "same"}] * 2, [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2990}}] * 5,
    [{"type": "rich_text", "elements": []}], [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
        {"type": "broadcast", "range": "channel"}]}]}],
], ids=lambda blocks: json.dumps(blocks)[:60])
def test_the_stand_in_refuses_what_slack_would(webhook, blocks):
    answer = WebhookClient(webhook.url).send(text="hello", blocks=blocks)
    assert (answer.status_code, answer.body) == (400, "invalid_blocks")
    assert webhook.messages == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"blocks": []}', b'{"text": ""}'])
def test_the_stand_in_refuses_what_is_no_message(webhook, body):
    request = urllib.request.Request(webhook.url, data=body, headers={"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 400


def test_the_stand_in_would_notice_a_ping():
    assert slack.notifications({"text": "a <!channel> b", "blocks": [SECTION | {"text": {"type": "mrkdwn", "text": "<@U1>"}}]}) == [
        "<!channel>", "<@U1>"]
