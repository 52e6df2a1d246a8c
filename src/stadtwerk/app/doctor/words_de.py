"""The doctor's words in German: what is -> what to do."""

WORDS = {
    "python.ok": "Python {version} auf {machine}",
    "python.old": "Python {version} ist zu alt -> Python 3.11 oder neuer installieren.",
    "python.platform": "{system} ist nicht erprobt -> Die Stadt auf Linux betreiben.",
    "disk.ok": "{free} frei, die Stadt belegt {size} und wächst um {growth} am Tag",
    "disk.young": "{free} frei, die Stadt belegt {size}",
    "disk.low": "{free} frei, das reicht {days} Tage bei {growth} am Tag -> Platz schaffen oder den Datenordner "
    "umziehen.",
    "disk.out": "{free} frei, das reicht {days} Tage bei {growth} am Tag -> Sofort Platz schaffen: Eine volle "
    "Platte hält die Stadt an.",
    "memory.ok": "{available} Arbeitsspeicher frei",
    "memory.low": "nur {available} Arbeitsspeicher frei -> Andere Programme beenden oder mehr Speicher geben.",
    "memory.out": "nur {available} Arbeitsspeicher frei -> Linux beendet bald einen Prozess; andere Programme beenden.",
    "clock.ok": "die Uhr geht den Dateien des Ordners nicht nach",
    "clock.behind": "die Uhr liegt {seconds} s hinter {file} -> Uhr stellen (timedatectl, chrony), dann neu starten.",
    "lock.held": "läuft, beaufsichtigt von Prozess {pid}",
    "lock.free": "läuft nicht",
    "lock.new": "{data} wurde noch nie gestartet -> Starten: ./dev up",
    "lock.leftovers": "Prozesse eines früheren Starts laufen noch: {processes} -> Die Stadt starten: Das beendet sie.",
    "ports.ok": "Ports {first} bis {last} sind, wie sie sein sollen",
    "ports.taken": "Port {port} ist belegt von {who} -> Dieses Programm beenden oder mit --port andere Ports wählen.",
    "ports.silent": "die Stadt läuft, antwortet aber nicht auf Port {port} -> Nachsehen: stadtwerk logs --level "
    "warning",
    "processes.ok": "{names} leben, nie neu gestartet",
    "processes.gone": "{names} lebt nicht -> Bleibt es dabei, nachsehen: stadtwerk logs --level error",
    "processes.restarts": "neu gestartet seit dem Start: {restarts} -> Grund suchen: stadtwerk logs --level warning",
    "broker.ok": "{kind} antwortet auf Port {port}",
    "broker.amqtt": "amqtt antwortet auf Port {port}; nach einem Absturz vergisst es wartende Nachrichten, und "
    "Lichtwechsel erscheinen bis zu eine Meldeperiode später -> Für echte Lampen mosquitto installieren und neu "
    "starten.",
    "broker.silent": "kein Broker auf Port {port}: Lampen werden weder gehört noch gerufen -> Nachsehen: stadtwerk "
    "logs --process broker",
    "core.ok": "der Kern antwortet, seine Schleife höchstens {lag_ms} ms verspätet in der letzten Minute",
    "core.lag": "die Schleife des Kerns war {lag_ms} ms verspätet -> Andere Last auf der Maschine? Prozesse ansehen.",
    "core.silent": "der Kern antwortet nicht auf Port {port} -> Nachsehen: stadtwerk logs --process core",
    "limits.near": "{name} ist nahe an der Grenze: {detail} -> Verursacher suchen; darüber lehnt die Stadt ab oder "
    "wartet.",
    "lamps.ok": "{silent} von {lamps} Lampen stumm ({percent} %)",
    "lamps.silent": "{silent} von {lamps} Lampen stumm ({percent} %) -> Zuerst Broker, Gateways und Stromkreise "
    "prüfen: Viele Lampen fallen selten zugleich aus.",
    "databases.ok": "{file} ist unversehrt ({mb} MB)",
    "databases.broken": "{file} ist beschädigt: {fault} -> Stadt anhalten, letzte Sicherung einspielen, die Datei "
    "aufheben.",
    "databases.away": "die Datenbanken von {data} sind nicht lesbar -> Dateien weg? Letzte Sicherung einspielen. "
    "PostgreSQL? Nachsehen, ob der Server läuft und STADTWERK_STORE ihn nennt.",
    "databases.wal": "{file} hält {mb} MB -> Ein Programm hält einen alten Stand offen: Exporte und fremde Leser "
    "beenden.",
    "journal.ok": "die neuesten {looked} von {last} Einträgen sind verkettet (alle: --deep)",
    "journal.whole": "alle {events} Einträge sind verkettet, und nachgespielt ergeben sie das Gespeicherte",
    "journal.broken": "Eintrag {seq} folgt nicht aus dem davor (neuester {last}) -> Jemand hat die Datei geändert, "
    "oder die Platte: Kopie aufheben, mit der letzten Sicherung vergleichen.",
    "journal.chain": "die Kette ist {chain} -> Jemand hat die Datei geändert, oder die Platte: Kopie aufheben, mit "
    "der letzten Sicherung vergleichen.",
    "journal.unequal": "gespeichert ist nicht, was das Journal erzählt -> Kopie aufheben; letzte Sicherung einspielen.",
    "journal.unread": "das Journal ließ sich nicht nachspielen: {detail} -> Mit --city den richtigen Ordner nennen.",
    "quarantine.ok": "nichts beiseitegelegt in der letzten Stunde ({total} insgesamt)",
    "quarantine.growing": "in der letzten Stunde beiseitegelegt: {reasons} -> Ein Gerät oder Gateway spricht "
    "falsch; Proben liegen in telemetry.db, Tabelle quarantine.",
    "history.ok": "{rows} Beobachtungen warten auf das Archiv",
    "history.behind": "{rows} Beobachtungen warten auf das Archiv -> Die Historie hängt nach oder ist weg: "
    "stadtwerk logs --process historian",
    "time.ok": "die Zeit der Stadt reicht bis {at} UTC",
    "time.simulated": "simulierte Zeit, reicht bis {at} UTC",
    "time.future": "die Zeit der Stadt, {at} UTC, liegt vor der Uhr -> Uhr stellen; der Ordner kennt eine Zukunft.",
    "secrets.ok": "{n} geheime Dateien, nur für ihren Eigentümer lesbar",
    "secrets.open": "{file} ist für andere lesbar -> chmod 600 {path}",
    "release.ok": "geschrieben von Version {wrote}",
    "release.newer": "geschrieben von Version {wrote}, dies ist {own} -> Version {wrote} oder neuer verwenden.",
    "city.ok": "{folder} ist vollständig und gehört zu diesen Daten",
    "city.incomplete": "{folder} fehlt {files} -> Die Stadt wiederherstellen oder neu einlesen.",
    "city.newer": "{folder} hat Form {format}, neuer als diese Version liest -> Eine neuere Version verwenden.",
    "city.broken": "{folder} ist nicht lesbar: {fault} -> Die Stadt wiederherstellen oder neu einlesen.",
    "city.other": "{folder} hat andere Lampen als {data} -> Mit --city den richtigen Ordner nennen, oder mit --data.",
    "city.no-map": "{folder} hat keine map.pmtiles: Die Karte bleibt leer -> Die Stadt neu einlesen.",
    "vendor.ok": "die Bibliotheken des Browsers sind da, beim Holen geprüft",
    "vendor.missing": "fehlt in {folder} oder verändert: {names} -> Mit ./dev up starten: Das holt und prüft sie.",
    "vendor.unknown": "{fault} -> Aus einem Checkout starten.",
    "logs.quiet": "keine Warnungen in der letzten Stunde",
    "logs.warnings": "{n} Warnungen in der letzten Stunde: {kinds} -> Lesen: stadtwerk logs --level warning",
    "logs.refused": "der letzte Start misslang; {process} sagte: {event} -> Tun, was dort steht, dann neu starten.",
    "contact.ok": "Schwachstellen werden gemeldet an {contact}",
    "contact.default": "kein Sicherheitskontakt genannt, security.txt sagt {contact} -> security.contact in "
    "city.json eintragen.",
    "contact.wrong": "der Sicherheitskontakt ist falsch: {fault} -> security.contact in city.json berichtigen.",
    "doctor.stumbled": "die Prüfung {check_name} ist gestolpert: {fault} -> Bitte mit dieser Zeile melden.",
}
