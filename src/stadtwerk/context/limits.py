"""Every bound of the NGSI-LD read side in one place."""

from __future__ import annotations

PAGE_DEFAULT = 20
"""Entities of a page when the client does not say."""
PAGE_MAX = 1_000
"""Most entities of one page."""
OFFSET_MAX = 1_000_000_000
"""Furthest a page may start."""
QUERY_BYTES = 16_384
"""Longest query string of a URL; longer is 414."""
QUERY_FIELDS = 40
"""Most parameters of one request."""
Q_CHARS = 4_000
"""Longest text of the query language."""
Q_TERMS = 64
"""Most conditions and values of one query."""
Q_DEPTH = 16
"""Deepest nesting of parentheses."""
PATTERN_CHARS = 200
"""Longest regular expression."""
PATTERN_WAYS = 5_000
"""Most ways in which a regular expression may try to match at one place."""
POSITIONS = 2_000
"""Most positions of a geometry asked about."""
HEADER_CHARS = 4_000
"""Longest Accept or Link header that is read."""
BLOCK_ROWS = 65_536
"""Rows looked at in one go when arrays do the work."""
SLOW_BLOCK_ROWS = 1_024
"""Rows looked at in one go when texts are walked one by one; the door lets others in between."""
FIRST_BLOCK_ROWS = 2_048
"""Rows looked at first when the page may fill early."""
CACHED_PLANS = 2_048
"""Compiled queries kept."""
TEMPLATES = 64
"""Patterns of absence remembered of one layout."""
FIXED_ROWS = 1_000
"""Rows of one layout whose unchanging part is remembered (about 1 kB each)."""
DEPTH_MAX = 16
"""Deepest nesting of attributes in attributes, and of values in values."""
MEMBERS_MAX = 2_000
"""Most members of one entity."""
BATCH_ENTITIES = 10_000
"""Most entities of one batch operation."""
BODY_BYTES = 16_000_000
"""Largest body of an NGSI-LD request: a batch of some thousand entities."""
TEMPORAL_PAGE = 1_000
"""Most instances of one temporal answer; what is cut off is told by Content-Range (206)."""
PERIODS_MAX = 100_000
"""Most periods of one aggregated temporal answer."""
TEMPORAL_ENTITIES = 100_000
"""Most entities whose history one temporal query looks through."""
PAST_BYTES = 100_000_000
"""About the most memory that remembered histories take."""
PAST_WAITING_ROWS = 10_000
"""Most changes that wait beside a remembered history before it is forgotten."""
ORDER_TERMS = 8
"""Most attributes that entities are ordered by."""
ORDERED_MAX = 100_000
"""Most entities that are put in order for one page."""
JOIN_LEVELS = 8
"""Furthest that relationships are followed when linked entities are shown."""
JOINED_MAX = 10_000
"""Most linked entities in one answer."""
INDEX_COLUMNS = 64
"""Attributes of one type of documents that are kept in columns for searching."""
INDEX_LABELS = 200_000
"""Different texts remembered of one column; further ones are looked at one by one."""
DOCUMENT_BLOCK = 512
"""Documents decoded in one go before others get their turn (about 5 ms)."""
DOCUMENT_ROWS = 16_384
"""Documents looked at in one go when columns do the work."""
FIRST_DOCUMENTS = 256
"""Documents looked at first when the page may fill early."""
SUBSCRIPTIONS = 100_000
"""Most subscriptions of all tenants together."""
SUBSCRIPTION_PARTS = 200
"""Most entries of one list in a subscription."""
ENDPOINT_CHARS = 2_000
"""Longest URI of an endpoint."""
ENDPOINT_PAIRS = 30
"""Most entries of receiverInfo or notifierInfo."""
NOTIFY_TIMEOUT_S = 10.0
"""How long a receiver of notifications may take, seconds of wall time, unless its subscription says otherwise."""
NOTIFY_TRIES = 12
"""Tries to deliver one notification before it is given up."""
NOTIFY_AGE_S = 3_600
"""Age at which a notification whose receiver fails is given up, seconds of wall time."""
NOTIFY_REST_S = 60.0
"""Longest rest between tries at an endpoint that fails, seconds; it begins with half a second and doubles."""
NOTIFY_WIDTH = 8
"""Most notifications on their way to one endpoint at once, of different subscriptions."""
NOTIFY_WAITING = 100_000
"""Most notifications waiting for delivery before writers are refused (503)."""
NOTIFY_WAITING_BYTES = 256_000_000
"""Most bytes of notifications waiting for delivery before writers are refused (503)."""
NOTIFY_WAITING_EACH = 10_000
"""Most notifications waiting for one endpoint that fails; beyond it the oldest are given up, and can be sent again."""
NOTIFY_ENTITIES = 1_000
"""Most entities of one periodic notification."""
CONTEXT_PARTS = 100
"""Most context objects that one @context consists of."""
NAMES_REMEMBERED = 5_000
"""Most names that a compiled @context remembers the meaning of, beside its own terms."""
CONTEXTS_INLINE = 256
"""Most @contexts written out in bodies that stay compiled; the oldest give way."""
CONTEXTS_INLINE_TERMS = 200_000
"""Most terms of all of these together (about 60 MB)."""
CONTEXT_INLINE_BYTES = 250_000
"""Largest @context written out in a body; larger ones are hosted (compiling takes about 0.04 ms a kB)."""
CONTEXTS_HOSTED = 1_000
"""Most @contexts that one tenant keeps here."""
CONTEXT_BYTES = 1_000_000
"""Largest document with an @context, hosted or fetched."""
CONTEXTS_FETCHED = 1_000
"""Most @contexts of others that are kept once they were fetched."""
CONTEXTS_WANTED = 100
"""Most @contexts waiting to be fetched; further ones have to be asked for again."""
CONTEXT_REDIRECTS = 3
"""Most redirects that lead to an @context."""
CONTEXT_FETCH_S = 10.0
"""How long fetching an @context may take, seconds of wall time, redirects included."""
CONTEXT_REST_S = 60.0
"""How long an @context that could not be fetched is not asked for again, seconds of wall time."""
CONTEXT_WAIT_S = 2.0
"""How long who asks for an @context that is being fetched waits for it, seconds of wall time."""
DEAD_EACH = 10_000
"""Most dead letters of one subscription that are kept; beyond it the oldest are forgotten, and only counted."""
DEAD_SHOWN = 1_000
"""Most dead letters one answer shows or one request sends again."""
ENTITY_MAP_IDS = 1_000_000
"""Entities in all entity maps that are kept together."""
ENTITY_MAP_DAYS = 1
"""Longest life of an entity map."""
LATE_CHANGES = 200_000
"""Most changes that a start has to do again because rows of entities were not written with them."""
UNINDEXED_ROWS = 50_000
"""Most rows of history that are not found by entity until somebody asks."""
SNAPSHOTS = 100
"""Most snapshots of one tenant."""
SNAPSHOT_QUERIES = 20
"""Most queries of either kind that one snapshot is made of."""
SNAPSHOT_ENTITIES = 20_000
"""Most entities of one snapshot, those of the past counted once more."""
SNAPSHOT_ENTITIES_ALL = 200_000
"""Entities in all snapshots together."""
SNAPSHOT_INSTANCES = 200_000
"""Most instances of the past in one snapshot."""
SNAPSHOT_DAYS = 30
"""Longest life of a snapshot from when it is asked for; it can be asked for again."""
