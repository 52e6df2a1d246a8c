/** Zustand */
export default {
  "health.ok": "Alles in Ordnung", "health.degraded": "Nicht alles in Ordnung", "health.failing": "Die Stadt kann nicht arbeiten",
  "health.version": "Version {version}",
  "health.lag": "Der Kern antwortete in der letzten Minute höchstens {ms} ms verspätet.",
  "health.findings": "Was zu tun ist",
  "health.findings.none": "Nichts: Jede Prüfung ist in Ordnung.",
  "health.findings.well": "{n} Prüfungen in Ordnung",
  "health.level.ok": "in Ordnung", "health.level.warning": "Warnung", "health.level.error": "Fehler",
  "health.processes": "Prozesse", "health.process": "Prozess", "health.cpu": "CPU", "health.memory": "Speicher", "health.restarts": "Neustarts",
  "health.process.broker": "Broker", "health.process.core": "Kern", "health.process.historian": "Historie", "health.process.twin": "Zwilling",
  "health.limits": "Wie voll die Grenzen sind", "health.fill": "{value} von {limit} · {share}",
  "health.limit.inbox_rows": "Beobachtungen im Eingang", "health.limit.commands_waiting": "Befehle vor der Entscheidung",
  "health.limit.commands_open": "Offene Befehle", "health.limit.commands_recent": "Befehle im Speicher (die ältesten weichen)",
  "health.limit.decision_writes_waiting": "Schreibaufträge: Entscheidungen", "health.limit.telemetry_writes_waiting": "Schreibaufträge: Telemetrie",
  "health.limit.history_waiting": "Verlauf vor dem Archiv",
  "health.limit.notifications_waiting": "Benachrichtigungen, die warten",
  "health.limit.stream_viewers": "Bildschirme am Livestrom", "health.limit.connections": "Verbindungen",
};
