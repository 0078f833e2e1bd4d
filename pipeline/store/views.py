"""The views for people, as SQL, in the order in which migrations make them.

A view that changes is changed here and made again by a new migration. Written for a million articles: counting rows or
sorting by a column that has an index reads one table alone, so names stand in subqueries instead of joins.
"""

VIEWS = {
    "article_list": """
        select a.id, a.title, a.published_at, (select name from sources s where s.id = a.source_id) as source,
               a.source_id, a.kind, (select status from analyses an where an.article_id = a.id) as status,
               (select group_concat(name_de, ', ') from (
                  select t.name_de from article_types at join incident_types t on t.id = at.type_id
                  where at.article_id = a.id group by t.id order by min(at.rank))) as types,
               (select group_concat(name, ', ') from (
                  select o.name from article_organisations ao join organisations o on o.id = ao.organisation_id
                  where ao.article_id = a.id and ao.role = 'affected' order by ao.mentions desc)) as affected_organisations,
               (select incident_id from incident_articles ia where ia.article_id = a.id) as incident_id,
               (select i.title from incident_articles ia join incidents i on i.id = ia.incident_id
                where ia.article_id = a.id) as incident,
               a.duplicate_of, a.text_state, a.words, a.first_seen_at, a.url
        from articles a""",
    "incident_list": """
        select i.id, i.title, i.slug, (select name_de from incident_types t where t.id = i.main_type) as type, i.main_type,
               i.status, i.affected, i.articles, i.sources, i.first_seen_at, i.last_seen_at,
               (select group_concat(name, ', ') from (
                  select o.name from incident_articles ia
                  join article_organisations ao on ao.article_id = ia.article_id and ao.role = 'affected'
                  join organisations o on o.id = ao.organisation_id
                  where ia.incident_id = i.id group by o.id order by count(*) desc limit 5)) as affected_organisations,
               substr(i.first_seen_at, 1, 4) as year
        from incidents i""",
    "incident_timeline": """
        select ia.incident_id, i.slug, a.id as article_id, coalesce(a.published_at, a.first_seen_at) as at,
               s.name as source, a.source_id, a.title, a.kind, an.status, a.duplicate_of,
               (select max(cast(f.value as integer)) from article_facts f
                where f.article_id = a.id and f.kind = 'affected') as affected, a.url
        from incident_articles ia
        join incidents i on i.id = ia.incident_id
        join articles a on a.id = ia.article_id
        join sources s on s.id = a.source_id
        left join analyses an on an.article_id = a.id""",
    "organisation_profile": """
        select o.id, o.name, o.sector, count(*) as articles,
               count(distinct ia.incident_id) as incidents,
               sum(ao.role = 'affected') as as_affected, sum(ao.role = 'processor') as as_processor,
               sum(ao.role = 'attacker') as as_attacker, sum(ao.role = 'authority') as as_authority,
               min(coalesce(a.published_at, a.first_seen_at)) as first_at,
               max(coalesce(a.published_at, a.first_seen_at)) as last_at
        from article_organisations ao
        join organisations o on o.id = ao.organisation_id
        join articles a on a.id = ao.article_id
        left join incident_articles ia on ia.article_id = ao.article_id
        group by o.id""",
    "source_health": """
        select s.id, s.name, s.kind, s.enabled,
               (select max(at) from polls p where p.source_id = s.id) as last_poll_at,
               (select max(at) from polls p where p.source_id = s.id and p.outcome in ('ok', 'unchanged'))
                 as last_success_at,
               (select outcome from polls p where p.source_id = s.id order by at desc, id desc limit 1) as last_outcome,
               (select error from polls p where p.source_id = s.id order by at desc, id desc limit 1) as last_error,
               (select next_at from polls p where p.source_id = s.id order by at desc, id desc limit 1) as next_at,
               (select count(*) from articles a where a.source_id = s.id) as articles,
               (select max(first_seen_at) from articles a where a.source_id = s.id) as last_article_at,
               (select count(*) from entries e where e.source_id = s.id and e.outcome = 'waiting') as waiting,
               (select round(avg(a.text_state <> 'full'), 2) from articles a where a.source_id = s.id)
                 as short_text_share
        from sources s""",
    "daily_counts": """
        select date(coalesce(a.published_at, a.first_seen_at)) as day, count(*) as articles,
               count(ia.incident_id) as incident_articles, count(distinct ia.incident_id) as incidents
        from articles a left join incident_articles ia on ia.article_id = a.id
        group by day""",
}

# When an entry came out, or was first seen if that is earlier: feeds announce and err.
CAME_OUT = "min(coalesce(published_at, first_seen_at), first_seen_at)"

OUTCOME_VIEWS = {
    # Rhythm: of the last 200 times of entries in 180 days; a silence is odd if it is longer than any of them.
    "source_health": f"""
        with rhythms as materialized (
          select s.id as source_id,
                 (select json_array(max(at), max(gap), avg(gap) filter (where gap > 0), sum(gap)) from (
                    select at, julianday(at) - julianday(lag(at) over (order by at)) as gap from (
                      select {CAME_OUT} as at from entries e
                      where e.source_id = s.id
                        and {CAME_OUT} > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-180 days')
                      order by {CAME_OUT} desc limit 200))) as told
          from sources s),
        rhythm as (
          select source_id, json_extract(told, '$[0]') as last_at, json_extract(told, '$[1]') as longest,
                 json_extract(told, '$[2]') as usual, json_extract(told, '$[3]') as span,
                 julianday('now') - julianday(json_extract(told, '$[0]')) as silent
          from rhythms)
        select s.id, s.name, s.kind, s.enabled, p.at as last_poll_at,
               (select at from polls p where p.source_id = s.id and p.outcome in ('ok', 'unchanged')
                order by at desc limit 1) as last_success_at,
               p.outcome as last_outcome, p.error as last_error, p.next_at,
               (select count(*) from articles a where a.source_id = s.id) as articles,
               (select max(first_seen_at) from articles a where a.source_id = s.id) as last_article_at,
               (select count(*) from entries e indexed by entries_waiting
                where e.source_id = s.id and e.outcome = 'waiting') as waiting,
               (select round(avg(a.text_state <> 'full'), 2) from articles a
                where a.source_id = s.id and a.first_seen_at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-90 days'))
                 as short_text_share,
               (select last_at from rhythm r where r.source_id = s.id) as last_entry_at,
               (select round(7 / usual, 2) from rhythm r where r.source_id = s.id) as per_week,
               (select round(silent, 2) from rhythm r where r.source_id = s.id) as silent_days,
               coalesce((select silent > max(1.5 * longest, 3 * usual) + iif(span < 14, 3, 0.5)
                         from rhythm r where r.source_id = s.id), 0) as silent,
               (select count(*) from polls p where p.source_id = s.id and p.outcome not in ('ok', 'unchanged')
                 and p.at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')) as failed_polls_7d,
               (select count(*) from polls p where p.source_id = s.id and p.gap
                 and p.at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')) as gaps_7d,
               (select max(at) from polls p where p.source_id = s.id and p.gap) as last_gap_at,
               (select change from source_changes c where c.source_id = s.id order by id desc limit 1) as change,
               (select to_url from source_changes c where c.source_id = s.id order by id desc limit 1) as moved_to
        from sources s
        left join polls p on p.id = (select id from polls where source_id = s.id order by at desc, id desc limit 1)""",
    # Entries that were known as they are get no row in fetches; polls count them.
    "entry_outcomes": """
        select source_id, date(at) as day, 'known' as outcome, sum(known_entries) as entries
        from polls group by source_id, day having sum(known_entries)
        union all
        select source_id, date(at), 'repeated', sum(repeated_entries)
        from polls group by source_id, date(at) having sum(repeated_entries)
        union all
        select source_id, date(at), 'filtered', sum(filtered_entries)
        from polls group by source_id, date(at) having sum(filtered_entries)
        union all
        select e.source_id, date(f.at), f.outcome, count(*)
        from fetches f join entries e on e.url = f.url group by e.source_id, date(f.at), f.outcome""",
}

# Why a source needs attention, the gravest reason first; null if it does not. One that is gone (410) is disabled, until
# it gets another address in the sources file.
_TROUBLE = """
    case when not enabled then iif(change = 'gone', 'gone', null)
         when last_outcome is null then 'unread'
         when last_outcome not in ('ok', 'unchanged') then 'failed'
         when silent then 'silent'
         when gaps_7d then 'gap'
         when select_misses_7d then 'select' end"""

SELECT_HEALTH = f"""
    select *, {_TROUBLE} as trouble from (
    select h.*,
           (select count(*) from fetches f cross join entries e on e.url = f.url
            where f.missed is not null and f.at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')
              and e.source_id = h.id) as select_misses_7d,
           (select max(f.at) from fetches f cross join entries e on e.url = f.url
            where f.missed is not null and e.source_id = h.id) as last_select_miss_at
    from ({OUTCOME_VIEWS["source_health"]}) h)"""

STORY_VIEWS = {
    "incident_timeline": """
        select ia.incident_id, i.slug, a.id as article_id, coalesce(a.published_at, a.first_seen_at) as at,
               s.name as source, a.source_id, a.title, a.kind, an.status, a.duplicate_of,
               (select max(cast(f.value as integer)) from article_facts f
                where f.article_id = a.id and f.kind = 'affected') as affected,
               (select count(*) from incident_news n where n.article_id = a.id and n.incident_id = i.id) as news, a.url
        from incident_articles ia
        join incidents i on i.id = ia.incident_id
        join articles a on a.id = ia.article_id
        join sources s on s.id = a.source_id
        left join analyses an on an.article_id = a.id""",
    "incident_history": """
        select n.incident_id, i.slug, i.title as incident, coalesce(a.published_at, a.first_seen_at) as at, n.kind,
               coalesce(t.name_de, n.value) as value, n.organisation_id, o.name as organisation,
               s.name as source, a.source_id, n.article_id, a.title, a.url
        from incident_news n
        join incidents i on i.id = n.incident_id
        join articles a on a.id = n.article_id
        join sources s on s.id = a.source_id
        left join organisations o on o.id = n.organisation_id
        left join incident_types t on n.kind = 'type' and t.id = n.value""",
}

SINCE = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-{} days')"

# A limit keeps the planner from going through all incidents by another index.
_RECENT = f"(select id, main_type from incidents where last_seen_at >= {SINCE.format(7)} limit -1)"

RECENT_VIEWS = {
    "recent_incidents": f"""
        select i.*, i.last_seen_at >= {SINCE.format(1)} as today, i.first_seen_at >= {SINCE.format(7)} as new
        from incident_list i where i.last_seen_at >= {SINCE.format(7)} order by i.last_seen_at desc, i.id desc""",
    "recent_types": f"""
        select t.name_de as type, i.main_type as type_id, count(*) as incidents
        from {_RECENT} i join incident_types t on t.id = i.main_type group by i.main_type order by incidents desc, type""",
    "recent_sectors": f"""
        select o.sector, count(distinct i.id) as incidents
        from {_RECENT} i
        cross join incident_news n on n.incident_id = i.id and +n.kind = 'organisation' and n.value = 'affected'
        cross join organisations o on o.id = n.organisation_id
        group by o.sector order by incidents desc, o.sector""",
    "recent_days": f"""
        with recursive days (day) as (
          select date('now', '-29 days') union all select date(day, '+1 day') from days where day < date('now'))
        select d.day, count(i.id) as incidents
        from days d
        left join (select id, first_seen_at from incidents where last_seen_at >= {SINCE.format(31)} limit -1) i
          on substr(i.first_seen_at, 1, 10) = d.day
        group by d.day order by d.day""",
}

COUNT_VIEWS = {
    "organisation_profile": """
        select c.organisation_id as id, o.name, o.sector, c.articles, c.incidents, c.as_affected, c.as_processor, c.as_attacker,
               c.as_authority,
               (select coalesce(a.published_at, a.first_seen_at) from articles a where a.id = (
                  select min(article_id) from article_organisations ao where ao.organisation_id = c.organisation_id)) as first_at,
               (select coalesce(a.published_at, a.first_seen_at) from articles a where a.id = (
                  select max(article_id) from article_organisations ao where ao.organisation_id = c.organisation_id)) as last_at
        from organisation_counts c cross join organisations o on o.id = c.organisation_id where c.articles > 0""",
}

# How often organisations are named, kept up with every row that comes or goes.
_ROLES_COUNTED = ("affected", "processor", "attacker", "authority")
_OTHER_ROLE = """exists (select 1 from incident_news n where n.incident_id = {row}.incident_id and n.kind = 'organisation'
            and n.organisation_id = {row}.organisation_id and n.id <> {row}.id)"""


def _counted(row: str, sign: str) -> str:
    roles = "".join(f", as_{role} = as_{role} {sign} ({row}.role = '{role}')" for role in _ROLES_COUNTED)
    return f"update organisation_counts set articles = articles {sign} 1{roles} where organisation_id = {row}.organisation_id"


_NEW = "insert into organisation_counts (organisation_id) values (new.organisation_id) on conflict do nothing"
COUNT_TRIGGERS = {
    "article_organisations_counted": f"""
        after insert on article_organisations begin {_NEW}; {_counted("new", "+")}; end""",
    "article_organisations_uncounted": f"""
        after delete on article_organisations begin {_counted("old", "-")}; end""",
    "incident_news_counted": f"""
        after insert on incident_news when new.kind = 'organisation' begin {_NEW};
          update organisation_counts set incidents = incidents + 1
          where organisation_id = new.organisation_id and not {_OTHER_ROLE.format(row="new")}; end""",
    "incident_news_uncounted": f"""
        after delete on incident_news when old.kind = 'organisation' begin
          update organisation_counts set incidents = incidents - 1
          where organisation_id = old.organisation_id and not {_OTHER_ROLE.format(row="old")}; end""",
}
COUNTED = f"""
    insert into organisation_counts (organisation_id, articles, incidents{"".join(f", as_{r}" for r in _ROLES_COUNTED)})
    select o.id, coalesce(ao.articles, 0), coalesce(n.incidents, 0)
           {"".join(f", coalesce(ao.as_{r}, 0)" for r in _ROLES_COUNTED)}
    from organisations o
    left join (select organisation_id, count(*) as articles
                      {"".join(f", sum(role = '{r}') as as_{r}" for r in _ROLES_COUNTED)}
               from article_organisations group by organisation_id) ao on ao.organisation_id = o.id
    left join (select organisation_id, count(distinct incident_id) as incidents
               from incident_news where kind = 'organisation' group by organisation_id) n on n.organisation_id = o.id
    where ao.articles or n.incidents"""
