"""Street lighting's alarm table, rationalised: whatever needs nobody's timely action is no alarm."""

from __future__ import annotations

from stadtwerk.kernel.alarm.kind import AlarmKind, Words

_MIN, _H, _DAY = 60, 3_600, 86_400

NETWORK_LOST = AlarmKind(
    id="lighting.network-lost",
    source_type="City",
    title=Words("Funknetz der Leuchten nicht erreichbar", "Lamp radio network not reached"),
    cause=Words(
        "Broker, Netzwerkserver oder Leitung zur Zentrale gestört; alle Gateways sind zugleich verstummt.",
        "Broker, network server or line to the centre is down; all gateways fell silent at once.",
    ),
    consequence=Words(
        "Keine Leuchte ist zu sehen oder zu schalten. Die Leuchten leuchten nach ihrem eigenen Programm weiter.",
        "No lamp can be seen or switched. The lamps go on by their own program.",
    ),
    action=Words(
        "Broker und Leitung prüfen (`stadtwerk doctor`), Rechenzentrum anrufen.",
        "Check broker and line (`stadtwerk doctor`), call the data centre.",
    ),
    respond_s=30 * _MIN,
    severity=750,
    on_delay_s=10,
    off_delay_s=5,
    deadband=0,
    shelve_max_s=8 * _H,
    confirms=False,
)
FEEDER_OUT = AlarmKind(
    id="lighting.feeder-out",
    source_type="Feeder",
    title=Words("Einspeisung ausgefallen", "Feeder out"),
    cause=Words(
        "Die Netzeinspeisung mehrerer Schaltstellen ist spannungslos: Störung oder Schaltung im Stromnetz.",
        "The grid's feeder of several cabinets has no voltage: a fault or switching in the power grid.",
    ),
    consequence=Words(
        "Ganze Straßenzüge sind dunkel, auch Überwege und Kreuzungen.",
        "Whole quarters are dark, crossings and junctions too.",
    ),
    action=Words(
        "Netzleitstelle anrufen: Ursache und Dauer erfragen. Feuerwehr- und Polizeileitstelle nennen, was dunkel ist.",
        "Call the grid control centre: ask for cause and duration. Tell fire and police control rooms what is dark.",
    ),
    respond_s=10 * _MIN,
    severity=850,
    on_delay_s=10,
    off_delay_s=10,
    deadband=0,
    shelve_max_s=8 * _H,
    confirms=True,
)
CABINET_OUT = AlarmKind(
    id="lighting.cabinet-out",
    source_type="StreetlightControlCabinet",
    title=Words("Schaltstelle ausgefallen", "Cabinet out"),
    cause=Words(
        "Hausanschluss, Hauptsicherung oder Hauptschütz der Schaltstelle; Anfahrschaden.",
        "Service cable, main fuse or main contactor of the cabinet; hit by a vehicle.",
    ),
    consequence=Words(
        "Alle Stromkreise der Schaltstelle sind dunkel, etwa hundert Leuchten; am Tag bis zur Dämmerung unbemerkt.",
        "All circuits of the cabinet are dark, about a hundred lamps; by day unnoticed until dusk.",
    ),
    action=Words(
        "Bereitschaft schicken; bei offener Tür oder Schaden die Stelle sichern lassen.",
        "Send the crew on call; have the place made safe if its door is open or it is damaged.",
    ),
    respond_s=_H,
    severity=650,
    on_delay_s=20,
    off_delay_s=10,
    deadband=0,
    shelve_max_s=_DAY,
    confirms=True,
)
CIRCUIT_OUT = AlarmKind(
    id="lighting.circuit-out",
    source_type="StreetlightGroup",
    title=Words("Stromkreis ausgefallen", "Circuit out"),
    cause=Words(
        "Leitungsschutzschalter ausgelöst: Kabelschaden, Wasser im Mast, defekte Leuchte.",
        "Circuit breaker tripped: cable damage, water in a pole, faulty luminaire.",
    ),
    consequence=Words(
        "Eine Straßenseite oder ein Straßenstück ist dunkel.", "One side or a stretch of a street is dark."
    ),
    action=Words(
        "Bauarbeiten in der Straße erfragen, Schalter einmal wieder einlegen lassen, sonst Kabel messen.",
        "Ask for road works there, have the breaker closed once, else have the cable measured.",
    ),
    respond_s=4 * _H,
    severity=500,
    on_delay_s=20,
    off_delay_s=10,
    deadband=0,
    shelve_max_s=7 * _DAY,
    confirms=False,
)
GATEWAY_LOST = AlarmKind(
    id="lighting.gateway-lost",
    source_type="Gateway",
    title=Words("Funk-Gateway verloren", "Radio gateway lost"),
    cause=Words(
        "Strom, Mobilfunk oder Antenne des Gateways; ein Lebenszeichen je 30 s bleibt aus.",
        "Power, mobile line or antenna of the gateway; its sign of life every 30 s is missing.",
    ),
    consequence=Words(
        "Seine Leuchten, etwa 1.300, sind nicht zu sehen und nicht zu schalten; sie folgen ihrem Programm.",
        "Its lamps, about 1,300, cannot be seen or switched; they follow their program.",
    ),
    action=Words(
        "Gateway aus der Ferne neu starten; kommt es nicht wieder, Standort anfahren.",
        "Restart the gateway from afar; if it does not come back, drive there.",
    ),
    respond_s=4 * _H,
    severity=450,
    on_delay_s=14,
    off_delay_s=5,
    deadband=0,
    shelve_max_s=3 * _DAY,
    confirms=False,
)
VOLTAGE = AlarmKind(
    id="lighting.voltage",
    source_type="StreetlightControlCabinet",
    title=Words("Netzspannung außerhalb 230 V ± 10 %", "Mains outside 230 V ± 10 %"),
    cause=Words(
        "Loser Neutralleiter, überlastete Leitung oder Störung im Ortsnetz (EN 50160).",
        "Loose neutral, overloaded line or a fault in the local grid (EN 50160).",
    ),
    consequence=Words(
        "Treiber fallen aus oder altern schnell; ein loser Neutralleiter gefährdet Menschen.",
        "Drivers fail or age fast; a loose neutral endangers people.",
    ),
    action=Words(
        "Netzbetreiber melden; bei mehr als 260 V die Schaltstelle abschalten lassen.",
        "Tell the grid operator; above 260 V have the cabinet switched off.",
    ),
    respond_s=_H,
    severity=400,
    on_delay_s=600,
    off_delay_s=600,
    deadband=3,
    shelve_max_s=_DAY,
    confirms=False,
)
CONTROLLER_SILENT = AlarmKind(
    id="lighting.controller-silent",
    source_type="StreetlightControlCabinet",
    title=Words("Steuergerät der Schaltstelle stumm", "Cabinet controller silent"),
    cause=Words(
        "Steuergerät, seine Sicherung oder seine Antenne defekt; drei Berichte fehlen.",
        "Controller, its fuse or its antenna is broken; three reports are missing.",
    ),
    consequence=Words(
        "Ein Ausfall der Schaltstelle wird erst nach einer Stunde am Schweigen der Leuchten erkannt.",
        "If the cabinet fails, it is known only after an hour, by the silence of its lamps.",
    ),
    action=Words("Gerät bei der nächsten Tour prüfen lassen.", "Have the device looked at on the next tour."),
    respond_s=_DAY,
    severity=250,
    on_delay_s=300,
    off_delay_s=0,
    deadband=0,
    shelve_max_s=31 * _DAY,
    confirms=False,
)
LAMP_OUT = AlarmKind(
    id="lighting.lamp-out",
    source_type="Streetlight",
    title=Words("Leuchte ausgefallen", "Lamp out"),
    cause=Words(
        "Leuchtmittel oder Treiber defekt; die Leuchte meldet es selbst.",
        "Light source or driver failed; the lamp says so itself.",
    ),
    consequence=Words(
        "Ein dunkler Fleck; neben einem Überweg eine Gefahr.", "A dark spot; beside a crossing a danger."
    ),
    action=Words(
        "Arbeitsauftrag anlegen; am Überweg noch heute, sonst binnen drei Werktagen.",
        "Make a work order; at a crossing for today, else within three working days.",
    ),
    respond_s=3 * _DAY,
    severity=200,
    on_delay_s=300,
    off_delay_s=300,
    deadband=0,
    shelve_max_s=31 * _DAY,
    confirms=False,
)
LAMP_SILENT = AlarmKind(
    id="lighting.lamp-silent",
    source_type="Streetlight",
    title=Words("Leuchte stumm", "Lamp silent"),
    cause=Words(
        "Funkmodul, Treiber oder Zuleitung dieser einen Leuchte; drei Berichte fehlen.",
        "Radio, driver or lead of this one lamp; three reports are missing.",
    ),
    consequence=Words(
        "Ob sie leuchtet, ist nicht bekannt; sie folgt keinem Befehl.",
        "Whether it burns is not known; it follows no command.",
    ),
    action=Words(
        "Bei der nächsten Nachtfahrt ansehen; dunkel: Arbeitsauftrag wie bei ausgefallener Leuchte.",
        "Look at it on the next night drive; if dark, make a work order as for a lamp that is out.",
    ),
    respond_s=3 * _DAY,
    severity=150,
    on_delay_s=900,
    off_delay_s=0,
    deadband=0,
    shelve_max_s=31 * _DAY,
    confirms=False,
)
DAY_BURNER = AlarmKind(
    id="lighting.day-burner",
    source_type="Streetlight",
    title=Words("Tagbrenner", "Day burner"),
    cause=Words(
        "Relais klebt, Uhr der Leuchte nicht gestellt oder Programm verloren.",
        "Relay stuck, clock of the lamp not set or program lost.",
    ),
    consequence=Words(
        "Strom und Lebensdauer werden verbraucht; Anwohner melden es.",
        "Energy and life are used up; residents complain.",
    ),
    action=Words(
        "Leuchte einmal mit „Übersteuerung aufheben“ ansprechen; hilft es nicht, Arbeitsauftrag.",
        "Call the lamp once with “Clear override”; if that does not help, make a work order.",
    ),
    respond_s=5 * _DAY,
    severity=100,
    on_delay_s=900,
    off_delay_s=0,
    deadband=0,
    shelve_max_s=31 * _DAY,
    confirms=False,
)

ALARMS = (
    NETWORK_LOST,
    FEEDER_OUT,
    CABINET_OUT,
    CIRCUIT_OUT,
    GATEWAY_LOST,
    VOLTAGE,
    CONTROLLER_SILENT,
    LAMP_OUT,
    LAMP_SILENT,
    DAY_BURNER,
)
"""The table, from cause to consequence and from urgent to less so."""
