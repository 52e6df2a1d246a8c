"""Every bound of the house in one place: full means refusal or back-pressure, never silent loss."""

from __future__ import annotations

BODY_BYTES = 1_000_000
"""Largest request body a door reads."""
RESTORE_GAP = 1_000_000
"""So many tokens and batch numbers are left out after a restore: nobody gave out more since the backup was made."""
BATCH_ROWS = 750
"""Most observation rows in one commit: so many lamps with 11 values each take about 15 ms of one core."""
INBOX_ROWS = 400_000
"""Most observation rows waiting for a commit before the radio is made to wait."""
COMMANDS_WAITING = 1_000
"""Most commands waiting for a decision before a door answers 503."""
COMMANDS_OPEN = 2_000
"""Most commands with unconfirmed targets before new ones are refused."""
COMMANDS_RECENT = 500
"""Closed commands kept in memory; older ones are read from the journal's store."""
WRITES_WAITING = 10_000
"""Most writes waiting for a group commit."""
POLYGON_POINTS = 500
"""Most corners of a drawn area."""
OVERRIDE_S = 31 * 86_400
"""Longest life of an override: light that someone forgot goes back to its program."""
RAMP_S = 3_600
"""Slowest change of light."""
REASON_CHARS = 200
"""Longest reason given for a command."""
CONFIRM_S = 60
"""A target that has not confirmed after this city time has expired."""
PAGE_ROWS = 200
"""Most rows of one page of a list."""
HISTORY_HOURS = 24 * 31
"""Longest stretch of history one question may ask for."""
CONNECTIONS = 2_000
"""Most HTTP connections at once; more are answered with 503."""
VIEWERS = 500
"""Most viewers of the live stream at once."""
WAIT_S = 30
"""Longest a door holds a command's answer open."""
CLOCK_AHEAD_S = 300
"""How far a device's clock may run ahead of the city's."""

PHOTOMETRY_BYTES = 600_000
"""Largest photometric file a design may bring; as base64 it fits a body."""
NIGHT_MARKS = 1_000
"""Most alarms, and most commands, marked in the picture of a night; it says when there are more."""
CLASSES_PAGE = 200
"""Most streets certified for one page of the class map, about 0.5 ms each."""
CLASSES_KEPT = 30_000
"""Most certificates kept for the class map; when full, all are forgotten."""
NIGHTS_KEPT = 400
"""Nights' energy accounts at hand, a year and a month; the oldest give way, the journal has them all."""

SEARCH_HITS = 20
"""Most hits of one search."""

PERSONAL_CHARS = 200
"""Longest text about a person (name, mail, label) before it is sealed."""
ACCOUNTS = 10_000
"""Most accounts of one city."""
PASSKEYS = 10
"""Most passkeys of one account."""
KEYS = 20
"""Most API keys of one account."""
KEY_SCOPES = 20
"""Most permission patterns of one API key."""
KEY_PER_MINUTE = 6_000
"""Highest quota of one API key, requests a minute."""
SESSIONS = 20
"""Most sessions of one account; the one unused longest gives way."""
SIGN_INS_OPEN = 1_000
"""Most sign-ins under way (passkey challenges, visits to the identity provider) at once."""
AUDIT_ROWS = 20_000
"""Most journal entries one audit question looks at; the answer says where to go on."""
AUDIT_COMMANDS = 1_000
"""Most commands one audit question looks through for a thing they called."""
PEOPLE_OPENED = 50
"""Most persons whose data one request opens."""
HELD_S = 7 * 86_400
"""Longest a command may wait for a second person."""

SCHEDULES = 1_000
"""Most schedules of one city."""
RULE_TIMES = 48
"""Most clock times of one schedule's day."""
RULE_DATES = 400
"""Most dates a schedule names."""
RULE_SUN_OFFSET_S = 6 * 3_600
"""Farthest a schedule goes from a sun event."""
RULE_EVERY_S = 60
"""Shortest interval of a schedule."""
OCCURRENCE_DAYS = 3_653
"""How far ahead an occurrence is looked for: ten years reach every 29 February but that before a year like 2100."""
ORDER_BYTES = 32_000
"""Largest content a schedule keeps for its command."""
GRACE_S = 43_200
"""Longest a schedule may come late and still count."""
RUNS_KEPT = 20
"""Runs a schedule remembers; the journal has all."""
ASKED_OPEN = 10
"""Most runs asked for by hand that may wait at once."""
FIRINGS_A_LOOK = 100
"""Most commands the timer orders in one look; the others follow in the next."""
MISSED_A_LOOK = 2_000
"""Most missed occurrences counted in one look; the others follow in the next."""
WEEK_MARKS = 5_000
"""Most occurrences one picture of a week shows; it says when there are more."""
REACTION_DEPTH = 8
"""How deep a reaction to a reaction may go."""
REACTIONS_A_MINUTE = 600
"""Most commands one reaction rule orders in a minute of city time; more are refused and journaled."""
REACTION_PAGE = 200
"""Journal entries the reactions look at in one go."""

ALARMS_NAMED = 500
"""Most alarms one command may name."""
ALARMS_LISTED = 2_000
"""Most alarms one list shows, the most urgent and newest first."""
ALARM_COMMENT_CHARS = 500
"""Longest comment on an alarm."""
ALARM_EVENTS = 200_000
"""Most alarm events the figures of merit are worked out from."""
ALARM_HISTORY = 200
"""Most events shown of one alarm."""
HISTORY_DAYS = 400
"""Days of history kept, unless STADTWERK_HISTORY_DAYS says otherwise."""
TAIL_ROWS = 50_000_000
"""Most rows waiting to be archived (about 5 GB, ten days of all lamps); beyond it the oldest are given up, counted."""
LIST_BYTES = 30_000_000
"""Largest list of lamps a door reads: about 50,000 lamps with all their columns."""
LIST_S = 120
"""Longest a list of lamps may take to be read or made into a city, seconds of wall time."""
PAST_WAITING = 100
"""Most questions about the past waiting for their answer."""
PAST_S = 30
"""Longest a question about the past may take, seconds of wall time."""

CONTEXT_WRITES_WAITING = 50_000
"""Most rows of NGSI-LD writes waiting for one commit; more are refused with 503."""

HTTP_OPEN = 512
"""Most connections to other servers at work at once; more requests wait."""
HTTP_OPEN_PER_HOST = 32
"""Most connections to one other server."""
HTTP_IDLE = 256
"""Most connections to other servers that are kept while nothing is asked."""
HTTP_IDLE_S = 15
"""Longest such a connection is kept."""
HTTP_CONNECT_S = 3
"""Longest another server may take to accept a connection."""
HTTP_ANSWER_S = 10
"""Longest another server may take to answer, unless said otherwise."""
HTTP_ANSWER_BYTES = 20_000_000
"""Largest answer of another server, head included."""

JOBS_OPEN = 10_000
"""Most work orders that wait at once; beyond it something else is wrong than lamps."""
JOBS_KEPT = 20_000
"""Work orders kept at hand; of those that are over the oldest give way, the journal has them all."""
JOB_LAMPS = 200
"""Most lamps one work order names."""
JOB_PHOTOS = 20
"""Most photos of one work order."""
PHOTO_BYTES = 12_000_000
"""Largest photo a crew may send."""
REPORTS_KEPT = 20_000
"""Citizens' reports kept at hand; the oldest give way."""
REPORT_WINDOW_S = 24 * 3_600
"""Reports of the same lamp within this time are one."""
REPORTS_A_MINUTE = 60
"""Most reports from the street taken in a minute; more are asked to wait."""
CREWS = 100
"""Most crews of one city."""
TOUR_STOPS = 60
"""Most jobs of one tour."""
TOUR_SEARCH_S = 30
"""Longest a search for tours may take, seconds of wall time."""
TOURS_KEPT = 2_000
"""Tours kept at hand; the oldest days give way."""
PLAN_DAYS = 62
"""How far ahead jobs are planned, days."""

FAULTS_KEPT = 20_000
"""Faults kept at hand; of those that are over the oldest give way, the journal has them all."""
FAULTS_A_NIGHT = 2_000
"""Most faults one morning tells anew: more is no night of single faults; the others follow the next morning."""

PLANS_KEPT = 200
"""Most programs and calendars of one city, those put away included."""
PLAN_VERSIONS = 100
"""Versions kept of each program and calendar; the journal has all."""
CALENDAR_RULES = 50
"""Most rules of one calendar."""
CALENDAR_PROGRAMS = 8
"""Most programs one calendar names: a lamp keeps them all."""
ASSIGNMENTS_KEPT = 1_000
"""Assignments kept at hand; those no lamp follows any more give way, the oldest first."""

POLICIES_KEPT = 2_000
"""Most streets of one city lit on demand: each has a local group, a table and a report every quarter of an hour."""
POLICY_STREETS = 100
"""Most streets one command lights on demand."""
POLICY_FIELDS = 40
"""Most fields of lamps that move light together: a longer street wants several groups."""
POLICY_PATTERNS = 96
"""Most patterns of one street's table: two bytes a lamp and pattern go by radio to the lamps."""
POLICY_SPANS = 50
"""Most times a street is remembered to have been below its classes; the journal has all."""

TALQ_CONNECTIONS = 1_000
"""Most connections of TALQ gateways at once; more are closed."""
TALQ_IDLE_S = 300
"""Longest a gateway's connection may rest, seconds of wall time."""
TALQ_BODIES = 4
"""Most requests of gateways read at once: each may hold a body."""
TALQ_BODY_BYTES = 16_000_000
"""Largest body of a gateway's request as it stands on the wire."""
TALQ_BODY_S = 30
"""Longest a body may take to come or to go, seconds of wall time."""
TALQ_WAITING = 200
"""Most requests that wait for one gateway."""
