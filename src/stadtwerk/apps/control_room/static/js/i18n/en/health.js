/** Health */
export default {
  "health.ok": "All is well", "health.degraded": "Not all is well", "health.failing": "The city cannot work",
  "health.version": "release {version}",
  "health.lag": "The core answered at most {ms} ms late within the last minute.",
  "health.findings": "What is to be done",
  "health.findings.none": "Nothing: every check is well.",
  "health.findings.well": "{n} checks that are well",
  "health.level.ok": "well", "health.level.warning": "warning", "health.level.error": "error",
  "health.processes": "Processes", "health.process": "Process", "health.cpu": "CPU", "health.memory": "Memory", "health.restarts": "Restarts",
  "health.process.broker": "Broker", "health.process.core": "Core", "health.process.historian": "Historian", "health.process.twin": "Twin",
  "health.limits": "How full the limits are", "health.fill": "{value} of {limit} · {share}",
  "health.limit.inbox_rows": "Observations in the inbox", "health.limit.commands_waiting": "Commands before a decision",
  "health.limit.commands_open": "Open commands", "health.limit.commands_recent": "Commands in memory (the oldest give way)",
  "health.limit.decision_writes_waiting": "Writes: decisions", "health.limit.telemetry_writes_waiting": "Writes: telemetry",
  "health.limit.history_waiting": "History before the archive",
  "health.limit.notifications_waiting": "Notifications that wait",
  "health.limit.stream_viewers": "Screens on the live stream", "health.limit.connections": "Connections",
};
