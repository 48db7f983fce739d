-- Ids are text in their canonical form, compared byte by byte. Instants are UTC text of
-- fixed width, 2026-06-30T12:00:00.000000Z, and days are 2026-06-30; both sort as text. NULL
-- is what is not known, or not so. Booleans are 0 and 1.

-- What a vendor ships.
CREATE TABLE isv_packages (
    vendor         TEXT NOT NULL,
    id             TEXT NOT NULL,
    record_id      TEXT,
    name           TEXT NOT NULL,
    namespace      TEXT NOT NULL,
    developer      TEXT NOT NULL,
    developer_org  TEXT,
    default_status TEXT CHECK (default_status IN ('Trial', 'Active')),
    default_days   INTEGER NOT NULL,
    default_site   INTEGER NOT NULL CHECK (default_site IN (0, 1)),
    default_seats  INTEGER,
    grace_days     INTEGER NOT NULL,
    overage_basis_points INTEGER NOT NULL,
    overage_extra  INTEGER NOT NULL,
    trial_again    INTEGER NOT NULL CHECK (trial_again IN (0, 1)),
    free_seats     INTEGER NOT NULL CHECK (free_seats IN (0, 1)),
    lead_manager   TEXT,
    last_refresh   TEXT,
    registered_at  TEXT,
    released_at    TEXT,
    changed_at     TEXT,
    revision       INTEGER NOT NULL,
    PRIMARY KEY (vendor, id),
    CHECK ((default_site = 1 AND default_seats IS NULL)
        OR (default_site = 0 AND default_seats IS NOT NULL AND default_seats BETWEEN 0 AND 99000000))
) STRICT;

CREATE TABLE isv_versions (
    vendor      TEXT NOT NULL,
    id          TEXT NOT NULL,
    record_id   TEXT,
    package     TEXT NOT NULL,
    version     TEXT,
    name        TEXT NOT NULL,
    sequence    INTEGER NOT NULL,
    released_at TEXT,
    PRIMARY KEY (vendor, id)
) STRICT;

CREATE INDEX isv_versions_by_package ON isv_versions (vendor, package, id);

-- What a vendor switches on, counts or dates per license, or is told by the subscriber.
CREATE TABLE isv_parameters (
    vendor        TEXT NOT NULL,
    package       TEXT NOT NULL,
    name          TEXT NOT NULL,
    type          TEXT NOT NULL CHECK (type IN ('Boolean', 'Integer', 'Date')),
    direction     TEXT NOT NULL CHECK (direction IN ('LmoToSubscriber', 'SubscriberToLmo')),
    default_value TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    PRIMARY KEY (vendor, package, name)
) STRICT;

-- The latest instant at which something was committed, so that a clock set back revives nothing.
CREATE TABLE isv_clocks (
    vendor TEXT NOT NULL PRIMARY KEY,
    now    TEXT
) STRICT, WITHOUT ROWID;

-- The highest license number that was given out or written.
CREATE TABLE isv_numbers (
    vendor       TEXT NOT NULL PRIMARY KEY,
    last_license INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who installs: subscriber orgs.
CREATE TABLE isv_orgs (
    vendor     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    sandbox    INTEGER NOT NULL CHECK (sandbox IN (0, 1)),
    production TEXT,
    status     TEXT NOT NULL,
    edition    TEXT NOT NULL,
    instance   TEXT NOT NULL,
    trial_ends TEXT NOT NULL,
    as_of      TEXT,
    revision   INTEGER NOT NULL,
    PRIMARY KEY (vendor, id)
) STRICT;

-- Which sandboxes were made from a production org.
CREATE INDEX isv_orgs_by_production ON isv_orgs (vendor, production, id) WHERE production IS NOT NULL;

-- What was told of an installation, in the order in which it came. Rows are only added.
CREATE TABLE isv_facts (
    vendor         TEXT NOT NULL,
    installation   TEXT NOT NULL,
    number         INTEGER NOT NULL CHECK (number >= 1),
    kind           TEXT NOT NULL CHECK (kind IN ('installed', 'version', 'uninstalled')),
    at             TEXT,
    org            TEXT,
    package        TEXT,
    version        TEXT,
    version_number TEXT,
    PRIMARY KEY (vendor, installation, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE isv_notices (
    vendor      TEXT NOT NULL,
    id          TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (vendor, id)
) STRICT, WITHOUT ROWID;

-- One row per installation of a package in an org, and per permission-set license of it, which has a
-- permission_set. holders counts the open rows of isv_seats; observed_… is what the subscriber org has.
CREATE TABLE isv_licenses (
    vendor         TEXT NOT NULL,
    id             INTEGER NOT NULL CHECK (id >= 1),
    record_id      TEXT,
    installation   TEXT NOT NULL,
    previous       INTEGER,
    production     INTEGER,
    org            TEXT,
    sandbox        INTEGER NOT NULL CHECK (sandbox IN (0, 1)),
    package        TEXT,
    version        TEXT,
    version_number TEXT,
    permission_set TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('Trial', 'Active', 'Suspended', 'Uninstalled')),
    site_license   INTEGER NOT NULL CHECK (site_license IN (0, 1)),
    seats          INTEGER,
    never_expires  INTEGER NOT NULL CHECK (never_expires IN (0, 1)),
    last_day       TEXT,
    as_installed   INTEGER NOT NULL CHECK (as_installed IN (0, 1)),
    once_active    INTEGER NOT NULL CHECK (once_active IN (0, 1)),
    terms_as_of    TEXT,
    trial_start    TEXT,
    zone           TEXT NOT NULL,
    installed_at   TEXT,
    upgraded_at    TEXT,
    uninstalled_at TEXT,
    retired_at     TEXT,
    lead           TEXT,
    lead_name      TEXT NOT NULL,
    contact        TEXT,
    account        TEXT,
    holders        INTEGER NOT NULL DEFAULT 0 CHECK (holders >= 0),
    observed_status TEXT NOT NULL DEFAULT '',
    observed_site  INTEGER CHECK (observed_site IN (0, 1)),
    observed_seats INTEGER,
    observed_never_expires INTEGER NOT NULL DEFAULT 0 CHECK (observed_never_expires IN (0, 1)),
    observed_last_day TEXT,
    observed_used  INTEGER,
    observed_at    TEXT,
    type           TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    changed_at     TEXT,
    PRIMARY KEY (vendor, id),
    UNIQUE (vendor, installation),
    CHECK ((site_license = 1 AND seats IS NULL)
        OR (site_license = 0 AND seats IS NOT NULL AND seats BETWEEN 0 AND 99000000)),
    CHECK (never_expires = 0 OR last_day IS NULL)
) STRICT;

-- Each index ends with the order of the listing that it serves, so that a page is read as
-- it stands there.
CREATE INDEX isv_licenses_by_org ON isv_licenses (vendor, org, id);

CREATE INDEX isv_licenses_by_org_and_package ON isv_licenses (vendor, org, package, id);

CREATE INDEX isv_licenses_by_package ON isv_licenses (vendor, package, id);

CREATE INDEX isv_licenses_by_status ON isv_licenses (vendor, status, id);

CREATE INDEX isv_licenses_by_last_day ON isv_licenses (vendor, last_day, id) WHERE last_day IS NOT NULL;

CREATE INDEX isv_licenses_by_lead ON isv_licenses (vendor, lead, id) WHERE lead IS NOT NULL;

CREATE INDEX isv_licenses_by_contact ON isv_licenses (vendor, contact, id) WHERE contact IS NOT NULL;

CREATE INDEX isv_licenses_by_account ON isv_licenses (vendor, account, id) WHERE account IS NOT NULL;

-- How a license stands with its subscriber org: since when a value differs, and which terms, by
-- the revision that set them, are to be pushed.
CREATE TABLE isv_sides (
    vendor           TEXT NOT NULL,
    license          INTEGER NOT NULL,
    status_since     TEXT,
    seats_since      TEXT,
    expiration_since TEXT,
    used_since       TEXT,
    wanted           INTEGER NOT NULL,
    confirmed        INTEGER NOT NULL,
    tries            INTEGER NOT NULL,
    due_at           TEXT,
    revision         INTEGER NOT NULL,
    PRIMARY KEY (vendor, license)
) STRICT;

CREATE INDEX isv_sides_pending ON isv_sides (vendor, license) WHERE wanted > confirmed;

CREATE INDEX isv_sides_drifting ON isv_sides (vendor, license)
    WHERE COALESCE(status_since, seats_since, expiration_since, used_since) IS NOT NULL;

-- How far the latest refresh of a package is.
CREATE TABLE isv_refreshes (
    vendor             TEXT NOT NULL,
    package            TEXT NOT NULL,
    started_at         TEXT,
    finished_at        TEXT,
    after_installation TEXT,
    listed             INTEGER NOT NULL CHECK (listed IN (0, 1)),
    installations      INTEGER NOT NULL,
    made               INTEGER NOT NULL,
    differing          INTEGER NOT NULL,
    unreachable        INTEGER NOT NULL,
    failed             INTEGER NOT NULL,
    revision           INTEGER NOT NULL,
    PRIMARY KEY (vendor, package)
) STRICT;

-- Installations that a refresh could not read, and that the next one tries again.
CREATE TABLE isv_refresh_left (
    vendor       TEXT NOT NULL,
    installation TEXT NOT NULL,
    org          TEXT,
    package      TEXT NOT NULL,
    PRIMARY KEY (vendor, installation)
) STRICT;

CREATE INDEX isv_refresh_left_by_package ON isv_refresh_left (vendor, package, installation);

-- What the two sides have for a parameter of a license: true, false, an integer, or a day.
CREATE TABLE isv_parameter_values (
    vendor      TEXT NOT NULL,
    license     INTEGER NOT NULL,
    name        TEXT NOT NULL,
    value       TEXT,
    set_at      TEXT,
    reported    TEXT,
    reported_at TEXT,
    differ_since TEXT,
    revision    INTEGER NOT NULL,
    PRIMARY KEY (vendor, license, name)
) STRICT;

-- Who holds a seat, and who did: an assignment is closed, not deleted. number is 0 while the
-- seat is held, so that a user holds at most one seat of a license; those that are closed are
-- numbered from 1. imported_at is when an assignment that another system gave before was
-- recorded.
CREATE TABLE isv_seats (
    vendor      TEXT NOT NULL,
    license     INTEGER NOT NULL,
    user_id     TEXT NOT NULL,
    number      INTEGER NOT NULL CHECK (number >= 0),
    assigned_at TEXT,
    assigned_by TEXT NOT NULL,
    imported_at TEXT,
    revoked_at  TEXT,
    revoked_by  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (vendor, license, user_id, number),
    CHECK ((number = 0) = (revoked_at IS NULL))
) STRICT, WITHOUT ROWID;

-- Who installed, as sales knows them.
CREATE TABLE isv_leads (
    vendor            TEXT NOT NULL,
    id                TEXT NOT NULL,
    first_name        TEXT NOT NULL,
    last_name         TEXT NOT NULL,
    title             TEXT NOT NULL,
    company           TEXT NOT NULL,
    email             TEXT NOT NULL,
    phone             TEXT NOT NULL,
    street            TEXT NOT NULL,
    city              TEXT NOT NULL,
    state             TEXT NOT NULL,
    postal_code       TEXT NOT NULL,
    country           TEXT NOT NULL,
    source            TEXT NOT NULL,
    status            TEXT NOT NULL,
    owner             TEXT,
    created_at        TEXT,
    converted_contact TEXT,
    converted_account TEXT,
    converted_at      TEXT,
    revision          INTEGER NOT NULL,
    PRIMARY KEY (vendor, id)
) STRICT;

CREATE INDEX isv_leads_by_owner ON isv_leads (vendor, owner, id);

CREATE INDEX isv_leads_by_creation ON isv_leads (vendor, created_at, id);

-- Who installed and could not be made a lead: the rule that matches leads failed.
CREATE TABLE isv_pending_leads (
    vendor      TEXT NOT NULL,
    license     INTEGER NOT NULL,
    first_name  TEXT NOT NULL,
    last_name   TEXT NOT NULL,
    title       TEXT NOT NULL,
    company     TEXT NOT NULL,
    email       TEXT NOT NULL,
    phone       TEXT NOT NULL,
    street      TEXT NOT NULL,
    city        TEXT NOT NULL,
    state       TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country     TEXT NOT NULL,
    since       TEXT,
    revision    INTEGER NOT NULL,
    PRIMARY KEY (vendor, license)
) STRICT;

CREATE TABLE isv_contacts (
    vendor      TEXT NOT NULL,
    id          TEXT NOT NULL,
    account     TEXT,
    first_name  TEXT NOT NULL,
    last_name   TEXT NOT NULL,
    title       TEXT NOT NULL,
    company     TEXT NOT NULL,
    email       TEXT NOT NULL,
    phone       TEXT NOT NULL,
    street      TEXT NOT NULL,
    city        TEXT NOT NULL,
    state       TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country     TEXT NOT NULL,
    owner       TEXT,
    created_at  TEXT,
    PRIMARY KEY (vendor, id)
) STRICT;

CREATE TABLE isv_accounts (
    vendor      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    type        TEXT NOT NULL,
    website     TEXT NOT NULL,
    phone       TEXT NOT NULL,
    street      TEXT NOT NULL,
    city        TEXT NOT NULL,
    state       TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country     TEXT NOT NULL,
    owner       TEXT,
    created_at  TEXT,
    PRIMARY KEY (vendor, id)
) STRICT;

-- How far an idle seat has come on the way to being reclaimed.
CREATE TABLE isv_standings (
    vendor    TEXT NOT NULL,
    license   INTEGER NOT NULL,
    user_id   TEXT NOT NULL,
    stage     TEXT NOT NULL,
    notice_at TEXT,
    revision  INTEGER NOT NULL,
    PRIMARY KEY (vendor, license, user_id)
) STRICT;

-- What was to be told of a license, once. Rows are only added.
CREATE TABLE isv_alerts (
    vendor       TEXT NOT NULL,
    id           TEXT NOT NULL,
    license      INTEGER NOT NULL,
    number       INTEGER NOT NULL CHECK (number >= 1),
    rule         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    due          TEXT,
    at           TEXT,
    late         INTEGER NOT NULL CHECK (late IN (0, 1)),
    days         INTEGER NOT NULL,
    basis_points INTEGER NOT NULL,
    last_day     TEXT,
    used         INTEGER NOT NULL,
    seats        INTEGER NOT NULL,
    field        TEXT NOT NULL,
    user_id      TEXT,
    PRIMARY KEY (vendor, id),
    UNIQUE (vendor, license, number)
) STRICT;

CREATE INDEX isv_alerts_by_rule ON isv_alerts (vendor, rule, license, number);

-- How far each alert has come on its way to each sink. license and number are the alert's.
CREATE TABLE isv_deliveries (
    vendor     TEXT NOT NULL,
    alert      TEXT NOT NULL,
    sink       TEXT NOT NULL,
    license    INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'parked')),
    attempts   INTEGER NOT NULL,
    next_at    TEXT,
    settled_at TEXT,
    failure    TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    PRIMARY KEY (vendor, alert, sink)
) STRICT;

CREATE INDEX isv_deliveries_in_order ON isv_deliveries (vendor, license, number, sink);

-- What is still to be delivered, and what was given up: few of many.
CREATE INDEX isv_deliveries_pending ON isv_deliveries (vendor, sink, license, number) WHERE state = 'pending';

CREATE INDEX isv_deliveries_parked ON isv_deliveries (vendor, license, number, sink) WHERE state = 'parked';

CREATE TABLE isv_owners (
    vendor TEXT NOT NULL,
    id     TEXT NOT NULL,
    name   TEXT NOT NULL,
    email  TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    cannot_read INTEGER NOT NULL CHECK (cannot_read IN (0, 1)),
    PRIMARY KEY (vendor, id)
) STRICT;

-- Under which keys matching finds leads and contacts.
CREATE TABLE isv_match_keys (
    vendor    TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('lead', 'contact')),
    match_key TEXT NOT NULL,
    record    TEXT NOT NULL,
    PRIMARY KEY (vendor, kind, match_key, record)
) STRICT, WITHOUT ROWID;

-- record comes first of the two, so that nobody looks for a key by it.
CREATE INDEX isv_match_keys_of_record ON isv_match_keys (vendor, record, kind);

-- What happened. Rows are only added, and Manager.Retain removes what later ones say again.
-- seq orders the feed of a vendor, position a stream.
CREATE TABLE isv_events (
    vendor      TEXT NOT NULL,
    seq         INTEGER NOT NULL CHECK (seq >= 1),
    stream_kind TEXT NOT NULL,
    stream_id   TEXT NOT NULL,
    position    INTEGER NOT NULL CHECK (position >= 1),
    at          TEXT,
    actor       TEXT,
    why         TEXT NOT NULL,
    change_kind TEXT NOT NULL,
    change      TEXT NOT NULL,
    PRIMARY KEY (vendor, seq),
    UNIQUE (vendor, stream_kind, stream_id, position)
) STRICT;

-- Licenses change seldom, and their seats often: what a license was at an instant is found
-- without reading what happened to its seats.
CREATE INDEX isv_events_of_licenses ON isv_events (vendor, stream_kind, stream_id, position) WHERE change_kind = 'license changed';

CREATE TABLE isv_cursors (
    vendor TEXT NOT NULL,
    name   TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (vendor, name)
) STRICT, WITHOUT ROWID;
