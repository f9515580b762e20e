# SPDX-License-Identifier: Apache-2.0
"""What a team would write in an afternoon: the brain's rule for a bad new revision as a transactional Python worker.

usage: python_worker.py BROKERS GROUP INPUT OUTPUT      until SIGTERM
"""
import hashlib
import json
import signal
import sys
from datetime import datetime, timezone

from confluent_kafka import Consumer, Producer


def decide(document):
    observed = document["observed"]
    onset, target = observed["onset"], observed["target"]
    if not (onset["new_revision"] and onset["good"]):
        return {"intent": "REMEDIATE", "status": "FATAL", "actions": []}
    action_id = hashlib.sha256(f"{document['id']}\0{document['lap']}\0000\0".encode()).hexdigest()[:32]
    quotes = [{"ref": item["ref"], "quote": item["text"][:400]} for item in observed["evidence"] if item["trust"] == "K"]
    return {
        "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "intent": "REMEDIATE", "status": "CONFIG",
        "root_cause": f"{observed['affected']} pods of {target['kind']} {target['namespace']}/{target['name']} fail "
                      f"since revision {onset['revision']}.",
        "explanation": f"The failure came with revision {onset['revision']} (template {onset['template_hash']}); revision "
                       f"{onset['good']['revision']} (ReplicaSet {onset['good']['replica_set']}) ran well before it. The remedy "
                       "is to go back to that template. The number of replicas stays as it is.",
        "actions": [{"type": "rollback", "id": f"a-{action_id}", "target": target, "to": onset["good"]}],
        "command": f"kubectl -n {target['namespace']} rollout undo deployment/{target['name']} --to-revision={onset['good']['revision']}",
        "evidence": quotes, "source": "rule", "rule": "rollback_new_revision",
    }


def main(brokers, group, source, sink):
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest",
                         "fetch.wait.max.ms": 100, "queued.max.messages.kbytes": 8192})
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": group, "linger.ms": 0, "compression.codec": "lz4",
                         "retry.backoff.ms": 2})
    producer.init_transactions()
    consumer.subscribe([source])
    while not stopping:
        batch = [message for message in consumer.consume(500, 0.2) if not message.error()]
        if not batch:
            continue
        producer.begin_transaction()
        for message in batch:
            document = json.loads(message.value())
            document["decided"] = decide(document)
            producer.produce(sink, json.dumps(document, separators=(",", ":")), message.key(), headers=message.headers())
        producer.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata())
        producer.commit_transaction()
    consumer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
