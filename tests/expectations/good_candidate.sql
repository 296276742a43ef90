-- A small candidate that passes every suite: one financial year of two councils, one place outside
-- England and two commissioners, every figure worked out from the observations below.
CREATE SCHEMA staging; CREATE SCHEMA intermediate; CREATE SCHEMA marts; CREATE SCHEMA seeds;

CREATE TEMP TABLE month AS
SELECT CAST(DATE '2015-04-01' + to_months(CAST(i AS INTEGER)) AS DATE) AS period_start,
  last_day(DATE '2015-04-01' + to_months(CAST(i AS INTEGER))) AS period_end, i AS n
FROM range(12) AS t(i);

CREATE TABLE marts.area AS
SELECT * FROM (VALUES
  ('E92000001', 'country', 'England', NULL, NULL, DATE '2009-04-01', NULL, 'register'),
  ('E12000004', 'region', 'East Midlands', NULL, 'E92000001', DATE '2009-04-01', NULL, 'register'),
  ('E06000015', 'council', 'Derby', '507', 'E12000004', DATE '2009-04-01', NULL, 'register'),
  ('E10000007', 'council', 'Derbyshire', '506', 'E12000004', DATE '2009-04-01', NULL, 'register'),
  ('9900', 'outside_england', 'Wales', '9900', NULL, DATE '2009-04-01', NULL, 'the return'),
  ('E38000042', 'commissioner', 'NHS Darlington CCG', '00C', 'E92000001', DATE '2013-04-01',
    DATE '2020-03-31', 'lookups'),
  ('E38000047', 'commissioner', 'NHS Durham CCG', '00D', 'E92000001', DATE '2013-04-01',
    DATE '2020-03-31', 'lookups'),
  ('E38000247', 'commissioner', 'NHS Tees Valley CCG', '16C', 'E92000001', DATE '2020-04-01', NULL,
    'lookups')
) AS t(area_code, area_type, name, nhs_code, parent_code, valid_from, valid_to, basis);

CREATE TABLE marts.area_link AS
SELECT * FROM (VALUES
  ('successor', 'E38000042', 'E38000247', DATE '2020-04-01', NULL, 1.0::DOUBLE, 'measured'),
  ('commissioner_council', 'E38000042', 'E06000015', DATE '2013-04-01', DATE '2020-03-31',
    0.4::DOUBLE, 'measured'),
  ('commissioner_council', 'E38000042', 'E10000007', DATE '2013-04-01', DATE '2020-03-31',
    0.6::DOUBLE, 'measured')
) AS t(link_kind, from_area_code, to_area_code, valid_from, valid_to, weight, basis);
ALTER TABLE marts.area_link ADD COLUMN weight_18plus DOUBLE;
ALTER TABLE marts.area_link ADD COLUMN weight_65plus DOUBLE;
ALTER TABLE marts.area_link ADD COLUMN how VARCHAR DEFAULT 'population share';
ALTER TABLE marts.area_link ADD COLUMN source VARCHAR DEFAULT 'a lookup';

CREATE TABLE seeds.reporting_exceptions AS
SELECT 'delayed_transfers_la' AS return_id, '811' AS subject_code,
  'reports_after_its_end' AS kind, DATE '2019-04-01' AS period_start,
  DATE '2019-04-30' AS period_end, 'E06000029' AS area_code;

CREATE TABLE seeds.disclosure_returns AS
SELECT * FROM (VALUES
  ('delayed_transfers_la', 'published_as_is'), ('monthly_activity_commissioner', 'hes_until_2018')
) AS t(return_id, profile_id);

CREATE TEMP TABLE printed AS
WITH subject AS (
  SELECT * FROM (VALUES ('E06000015', 1), ('E10000007', 2), ('9900', 3)) AS t(area_code, k)
),
member AS (
  SELECT * FROM (VALUES
    ('responsible_body', '', 16, 1), ('responsible_body', 'body=nhs', 10, 1),
    ('responsible_body', 'body=social_care', 5, 0), ('responsible_body', 'body=both', 1, 0),
    ('care_type', '', 16, 1), ('care_type', 'care_type=acute', 12, 1),
    ('care_type', 'care_type=non_acute', 4, 0),
    ('reason', '', 16, 1), ('reason', 'reason=a', 15, 1), ('reason', 'reason=di', 1, 0)
  ) AS t(table_id, breakdown, base, grows)
)
SELECT 'delayed_transfers_la' AS return_id, table_id, n, 'council' AS subject_type, area_code,
  'delayed_days' AS measure, breakdown, CAST(k * (base + grows * n) AS DOUBLE) AS value,
  'days' AS unit
FROM month CROSS JOIN subject CROSS JOIN member
UNION ALL
SELECT 'delayed_transfers_la', 'responsible_body', n, 'council', area_code,
  'delayed_transfer_beds', '', k * (16 + n) / day(period_end), 'beds'
FROM month CROSS JOIN subject
UNION ALL
SELECT 'monthly_activity_commissioner', table_id, n, subject_type, area_code, measure, '',
  CAST(1000 * k + n AS DOUBLE), 'admissions'
FROM month
CROSS JOIN (VALUES ('commissioner', 'commissioner', 'E38000042', 1),
  ('commissioner', 'commissioner', 'E38000047', 2), ('parent', 'region', 'Y54', 1),
  ('parent', 'region', 'Y55', 2)) AS s(table_id, subject_type, area_code, k)
CROSS JOIN (VALUES ('nonelective_admissions'), ('elective_ordinary_admissions')) AS m(measure);

INSERT INTO printed
SELECT return_id, table_id, n, 'country', 'E92000001', measure, breakdown, sum(value), min(unit)
FROM printed GROUP BY ALL;

CREATE TABLE intermediate.int_current_observation AS
SELECT p.return_id, p.table_id, m.period_start, m.period_end, p.subject_type,
  p.area_code AS subject_code, p.area_code, p.measure, p.breakdown, p.value,
  CAST(p.value AS VARCHAR) AS raw_text, 'reported' AS value_status, p.unit,
  p.subject_type = 'country' AS is_control_total,
  sha256(p.return_id || m.period_start) AS source_sha256, p.table_id AS source_sheet,
  CAST(15 + dense_rank() OVER (ORDER BY p.area_code) AS INTEGER) AS source_row,
  chr(CAST(66 + dense_rank() OVER (ORDER BY p.measure, p.breakdown) AS INTEGER)) AS source_column,
  CAST(m.period_end + 42 AS DATE) AS published_on,
  left(md5(p.return_id || p.table_id || p.n || p.area_code || p.measure || p.breakdown), 13)
    AS lineage_id
FROM printed AS p JOIN month AS m USING (n);

CREATE TABLE marts.source_file AS
SELECT source_sha256, return_id || period_start || '.xls' AS file_name, 1000 AS bytes,
  'read' AS state, return_id, 'layout' AS layout_id, period_start, period_end,
  published_on AS first_published_on, CAST(NULL AS DATE) AS revised_on, published_on,
  'Published' AS publisher_status, false AS is_synthetic, true AS is_current_vintage,
  false AS is_record, CAST(NULL AS VARCHAR) AS subject_code,
  count(*) AS observations, CAST(NULL AS VARCHAR) AS reason, CAST(NULL AS VARCHAR) AS sheet,
  CAST(NULL AS VARCHAR) AS cell, published_on AS known_on, 'file' AS known_by,
  CAST(NULL AS VARCHAR) AS url, CAST(NULL AS VARCHAR) AS landing_page,
  CAST(NULL AS TIMESTAMP) AS fetched_at
FROM intermediate.int_current_observation GROUP BY ALL;
INSERT INTO marts.source_file BY NAME
SELECT sha256('superseded') AS source_sha256, 'first.xls' AS file_name, 900 AS bytes,
  'read' AS state, 'delayed_transfers_la' AS return_id, 'layout' AS layout_id,
  DATE '2015-04-01' AS period_start, DATE '2015-04-30' AS period_end,
  DATE '2015-05-20' AS first_published_on, DATE '2015-05-20' AS published_on,
  DATE '2015-05-20' AS known_on, 'file' AS known_by,
  false AS is_synthetic, false AS is_current_vintage, false AS is_record, 10 AS observations
UNION ALL BY NAME
SELECT sha256('refused') AS source_sha256, 'refused.xls' AS file_name, 12 AS bytes,
  'quarantined' AS state, 'delayed_transfers_la' AS return_id, false AS is_synthetic,
  false AS is_current_vintage, false AS is_record, 'a council is lost' AS reason,
  DATE '2015-06-01' AS known_on, 'landing' AS known_by;

CREATE TABLE marts.revision AS
SELECT f.return_id, 'responsible_body' AS table_id, 'delayed_days' AS measure, '' AS breakdown,
  'council' AS subject_type, t.subject_code, t.subject_code AS subject_name,
  t.subject_code AS area_code, false AS is_control_total, 'month' AS period_type,
  f.period_start, f.period_end, 1 AS occurrence, 2 AS vintage, t.kind, 'days' AS unit,
  t.old_value, t.new_value, t.new_value - t.old_value AS difference, t.old_status, t.new_status,
  DATE '2015-05-20' AS old_published_on, f.published_on AS new_published_on,
  'published_on' AS order_basis, sha256('superseded') AS old_source_sha256,
  'Sheet' AS old_source_sheet, 7 AS old_source_row, 'F' AS old_source_column,
  f.source_sha256 AS new_source_sha256, 'Sheet' AS new_source_sheet, 8 AS new_source_row,
  'G' AS new_source_column
FROM marts.source_file AS f
CROSS JOIN (VALUES
  ('E06000015', 'changed', 10::DOUBLE, 12::DOUBLE, 'reported', 'reported'),
  ('E10000007', 'restatused', 10, NULL, 'reported', 'suppressed')
) AS t(subject_code, kind, old_value, new_value, old_status, new_status)
WHERE f.return_id = 'delayed_transfers_la' AND f.period_start = DATE '2015-04-01'
  AND f.is_current_vintage;

CREATE TABLE marts.period AS
SELECT 'month' AS period_type, period_start, period_end,
  strftime(period_start, '%B %Y') AS name, '2015-16' AS financial_year,
  CAST(day(period_end) AS INTEGER) AS calendar_days
FROM month
UNION ALL
SELECT 'quarter', CAST(date_trunc('quarter', period_start) AS DATE), max(period_end),
  'Q' || (min(n) // 3 + 1) || ' 2015-16', '2015-16', CAST(sum(day(period_end)) AS INTEGER)
FROM month GROUP BY date_trunc('quarter', period_start)
UNION ALL
SELECT 'financial_year', min(period_start), max(period_end), '2015-16', '2015-16', 366 FROM month;

CREATE TABLE marts.metric AS
SELECT metric_id, metric_id AS title, 'what it counts' AS definition, 'days' AS numerator,
  denominator, unit, 1.0::DOUBLE AS multiplier, 'lower' AS polarity, 'month' AS period_type,
  'whole' AS rounding, 'none' AS interval_method, source AS source_returns, '' AS caveats,
  'M03' AS register_id, 'computed' AS availability, CAST(NULL AS VARCHAR) AS why_not,
  CASE denominator WHEN 'none' THEN 'cell' ELSE 'per_population' END AS derivation,
  CAST(NULL AS VARCHAR) AS base_metric_id, CAST(NULL AS VARCHAR) AS denominator_metric_id,
  'month; quarter; financial_year' AS period_types, 'council; region; country' AS area_types,
  CAST(NULL AS DOUBLE) AS value_rounded_to, CAST(NULL AS DOUBLE) AS counts_rounded_to,
  0.0::DOUBLE AS lowest, CAST(NULL AS DOUBLE) AS highest
FROM (VALUES
  ('delayed_days', 'none', 'days', 'delayed_transfers_la; delayed_transfers_england'),
  ('delayed_days_nhs', 'none', 'days', 'delayed_transfers_la'),
  ('delayed_days_social_care', 'none', 'days', 'delayed_transfers_la'),
  ('delayed_days_both', 'none', 'days', 'delayed_transfers_la'),
  ('delayed_transfer_beds', 'calendar days', 'beds', 'delayed_transfers_la'),
  ('delayed_days_per_head', 'adults', 'days per adult', 'delayed_transfers_la'),
  ('nonelective_admissions', 'none', 'admissions', 'monthly_activity_commissioner')
) AS t(metric_id, denominator, unit, source);

CREATE TEMP TABLE figure AS
SELECT CASE WHEN measure = 'delayed_days' AND breakdown <> ''
    THEN 'delayed_days_' || replace(breakdown, 'body=', '') ELSE measure END AS metric_id,
  area_code, period_start AS month_start, value, unit, published_on, lineage_id AS cell_id
FROM intermediate.int_current_observation
WHERE (measure = 'delayed_days' AND table_id = 'responsible_body')
  OR (measure = 'nonelective_admissions' AND table_id = 'commissioner');

CREATE TABLE marts.population AS
SELECT area_code || ' 2015 ' || age_band AS population_id, area_code, 2015 AS mid_year, age_band,
  CAST(people AS DOUBLE) AS population, 'reported' AS value_status, 'published' AS basis,
  'councils' AS geography, 'a census' AS series, DATE '2016-06-22' AS published_on,
  'a file' AS source, CAST(NULL AS VARCHAR) AS reason, left(md5(area_code || age_band), 13) AS lineage_id
FROM (VALUES ('E06000015'), ('E10000007'), ('E92000001')) AS a(area_code)
CROSS JOIN (VALUES ('all', 1000), ('18+', 800), ('65+', 200)) AS b(age_band, people);

CREATE TABLE marts.metric_value AS
WITH counted AS (
  SELECT f.metric_id, f.area_code, p.period_type, p.period_start, p.period_end,
    sum(f.value) AS value, min(f.unit) AS unit, max(f.published_on) AS published_on,
    min(f.cell_id) AS cell_id, left(md5(f.metric_id || f.area_code || p.name), 13) AS sum_id,
    p.calendar_days, p.name
  FROM figure AS f JOIN marts.period AS p ON f.month_start BETWEEN p.period_start AND p.period_end
  GROUP BY ALL
),
shaped AS (
  SELECT metric_id, area_code, period_type, period_start, period_end, value, value AS numerator,
    CAST(NULL AS DOUBLE) AS denominator, unit, published_on,
    CASE period_type WHEN 'month' THEN cell_id ELSE sum_id END AS lineage_id
  FROM counted
  UNION ALL
  SELECT 'delayed_transfer_beds', area_code, period_type, period_start, period_end,
    value / calendar_days, value, calendar_days, 'beds', published_on,
    left(md5('beds' || area_code || name), 13)
  FROM counted WHERE metric_id = 'delayed_days'
  UNION ALL
  SELECT 'delayed_days_per_head', area_code, period_type, period_start, period_end,
    value / 800, value, 800, 'days per adult', published_on,
    left(md5('heads' || area_code || name), 13)
  FROM counted WHERE metric_id = 'delayed_days' AND area_code <> '9900'
)
SELECT metric_id, area_code, 'as_reported' AS boundary, period_type, period_start, period_end, value,
  CAST(NULL AS DOUBLE) AS lower, CAST(NULL AS DOUBLE) AS upper, numerator, denominator, unit,
  'reported' AS value_status, 'provisional' AS maturity, 'only' AS segment,
  CAST(0 AS DOUBLE) AS apportioned_share, 1 AS parts, 0 AS parts_missing, false AS is_partial,
  CASE metric_id WHEN 'delayed_days_per_head' THEN area_code || ' 2015 18+' END AS denominator_id,
  published_on, lineage_id
FROM shaped;

CREATE TABLE marts.england_route AS
SELECT metric_id, period_start, 'england_row' AS route, value, value_status, 1 AS parts,
  0 AS parts_missing, published_on, value AS released_value, published_on AS released_published_on,
  CAST(0 AS DOUBLE) AS difference, CAST(NULL AS VARCHAR) AS explanation,
  CAST(NULL AS VARCHAR) AS explanation_source, false AS is_synthetic
FROM marts.metric_value
WHERE area_code = 'E92000001' AND period_type = 'month' AND denominator IS NULL;

CREATE TABLE marts.delayed_days AS
SELECT area_code, period_start, period_end,
  CASE WHEN breakdown = '' THEN 'total' ELSE table_id END AS split,
  CASE WHEN table_id = 'responsible_body' AND breakdown <> ''
    THEN replace(breakdown, 'body=', '') ELSE 'all' END AS responsible_body,
  CASE WHEN table_id = 'care_type' THEN replace(breakdown, 'care_type=', '') ELSE 'all' END
    AS care_type,
  CASE WHEN table_id = 'reason' THEN replace(breakdown, 'reason=', '') ELSE 'all' END AS reason,
  value AS delayed_days, value_status, published_on, lineage_id
FROM intermediate.int_current_observation
WHERE measure = 'delayed_days' AND (table_id = 'responsible_body' OR breakdown <> '');

CREATE TABLE marts.metric_plan AS
SELECT 'delayed_days' AS metric_id, 'E92000001' AS area_code, 'financial_year' AS period_type,
  DATE '2015-04-01' AS period_start, DATE '2016-03-31' AS period_end, 'reset' AS plan_version,
  'change_on_previous_year' AS basis, CAST(-10 AS DOUBLE) AS value, 'days' AS unit,
  'a report' AS source, 'C009' AS claim_id;

CREATE TABLE marts.claim AS
WITH england AS (
  SELECT max(value) FILTER (p.name = 'May 2015') - max(value) FILTER (p.name = 'April 2015') AS change
  FROM marts.metric_value AS v JOIN marts.period AS p USING (period_type, period_start)
  WHERE v.metric_id = 'delayed_days' AND v.area_code = 'E92000001'
)
SELECT claim_id, 'a report' AS source, 'it rose' AS claim, 'outturn' AS kind,
  'fund' AS programme_id, 'returns' AS basis, 'delayed_days' AS metric_id,
  'E92000001' AS area_code, 'May 2015' AS period, 'April 2015' AS base_period,
  'change' AS comparison, CAST(6 AS DOUBLE) AS published_value, 'days' AS published_unit,
  CAST(1 AS DOUBLE) AS published_precision,
  CASE WHEN verdict = 'reproduced' THEN change END AS computed_value,
  CAST(NULL AS DOUBLE) AS computed_lower, CAST(NULL AS DOUBLE) AS computed_upper,
  verdict, 'because' AS why,
  CASE WHEN verdict <> 'reproduced' THEN change END AS open_figure,
  CAST(NULL AS VARCHAR) AS restates_claim_id, false AS is_synthetic,
  left(md5(claim_id), 13) AS lineage_id
FROM england CROSS JOIN (VALUES ('C008', 'reproduced'), ('C009', 'not open data')) AS t(claim_id, verdict);
INSERT INTO marts.claim BY NAME
SELECT 'C011' AS claim_id, 'a report' AS source, 'it cost more' AS claim, 'outturn' AS kind,
  'fund' AS programme_id, 'arithmetic' AS basis, 'E92000001' AS area_code, '2015-16' AS period,
  146.0::DOUBLE AS published_value, 'GBP m' AS published_unit, 1.0::DOUBLE AS published_precision,
  146.8::DOUBLE AS computed_value, 145.5::DOUBLE AS computed_lower,
  148.2::DOUBLE AS computed_upper, 'within rounding' AS verdict, 'because' AS why,
  false AS is_synthetic;

CREATE TABLE marts.commitment AS
SELECT commitment_id, 'fund' AS programme_id, kind, 'fewer days' AS commitment, 'boards' AS responsible,
  2014 AS made_year, DATE '2016-03-31' AS due_on, better, target_value, outturn_value, 'days' AS unit, status,
  status_basis, 'because' AS status_why, 'a report' AS status_source, 'a mart' AS answered_by,
  target_claim_id, CAST(NULL AS VARCHAR) AS outturn_claim_id, 'C008' AS claim_ids,
  'a report' AS source
FROM (VALUES
  ('days', 'target', 'at_most', 6::DOUBLE, 7::DOUBLE, 'missed', 'published figures', 'C009'),
  ('found', 'finding', NULL, NULL, NULL, 'not_tested', 'typed', NULL)
) AS t(commitment_id, kind, better, target_value, outturn_value, status, status_basis, target_claim_id);

CREATE TABLE marts.programme AS
SELECT 'fund' AS programme_id, 'A fund' AS title, 'fund' AS kind, 'boards' AS responsible,
  DATE '2015-04-01' AS started_on, DATE '2016-03-31' AS ended_on, 'day' AS date_precision,
  'money put together' AS description, 1 AS commitments, 0 AS commitments_met,
  1 AS commitments_missed, 'C008' AS claim_ids, 'a report' AS source;

CREATE TABLE marts.reconciliation AS
SELECT 'F001' AS figure_id, 'figure' AS kind, 'days' AS published_metric, 'revised' AS edition,
  v.metric_id, v.area_code, 'England' AS area_name, v.period_type, v.period_start,
  '2015-16' AS period_stated, v.value AS published_value, 'days' AS published_unit,
  1.0::DOUBLE AS published_precision, 1.0::DOUBLE AS unit_factor, v.value AS computed_value,
  0.0::DOUBLE AS difference, 1.0::DOUBLE AS tolerance, 'reproduced' AS verdict,
  CAST(NULL AS VARCHAR) AS explanation, true AS must_match, true AS is_expected, 'because' AS why,
  'a report' AS source, 'high' AS certainty, false AS is_synthetic, v.lineage_id
FROM marts.metric_value AS v
WHERE v.metric_id = 'delayed_days' AND v.area_code = 'E92000001'
  AND v.period_type = 'financial_year' AND v.boundary = 'as_reported';

CREATE TABLE marts.lineage AS
SELECT lineage_id, 1 AS part, 'cell' AS part_kind, CAST(NULL AS VARCHAR) AS child_lineage_id,
  source_sha256, source_sheet, source_row, source_column, raw_text, 'read' AS operation
FROM intermediate.int_current_observation
WHERE lineage_id IN (
  SELECT cell_id FROM figure UNION SELECT lineage_id FROM marts.delayed_days
)
UNION ALL
SELECT v.lineage_id,
  CAST(row_number() OVER (PARTITION BY v.lineage_id ORDER BY f.month_start) AS INTEGER),
  'figure', f.cell_id, NULL, NULL, NULL, NULL, NULL, 'sum of months'
FROM marts.metric_value AS v
JOIN figure AS f ON f.metric_id = v.metric_id AND f.area_code = v.area_code
  AND f.month_start BETWEEN v.period_start AND v.period_end
WHERE v.period_type <> 'month'
UNION ALL
SELECT beds.lineage_id, 1, 'figure', days.lineage_id, NULL, NULL, NULL, NULL, NULL,
  'divided by calendar days'
FROM marts.metric_value AS beds
JOIN marts.metric_value AS days USING (area_code, period_type, period_start)
WHERE beds.metric_id IN ('delayed_transfer_beds', 'delayed_days_per_head')
  AND days.metric_id = 'delayed_days'
UNION ALL
SELECT c.lineage_id, CASE p.name WHEN c.period THEN 1 ELSE 2 END, 'figure', v.lineage_id,
  NULL, NULL, NULL, NULL, NULL, 'change'
FROM marts.claim AS c
JOIN marts.period AS p ON p.name IN (c.period, c.base_period)
JOIN marts.metric_value AS v ON v.metric_id = c.metric_id AND v.area_code = c.area_code
  AND v.period_type = p.period_type AND v.period_start = p.period_start
UNION ALL
SELECT lineage_id, 1, 'source', NULL, NULL, NULL, NULL, NULL, 'a file', 'stated'
FROM marts.population;

-- Limits with no range left out: the figures rise evenly, so that most months signal.
CREATE TABLE marts.control_limit AS
WITH stepped AS (
  SELECT *, value - lag(value) OVER (PARTITION BY area_code ORDER BY period_start) AS step
  FROM marts.metric_value WHERE metric_id = 'delayed_days' AND period_type = 'month'
),
limited AS (
  SELECT *, avg(value) OVER (PARTITION BY area_code) AS mean,
    2.66 * avg(abs(step)) OVER (PARTITION BY area_code) AS spread
  FROM stepped
),
judged AS (
  SELECT *, CASE WHEN abs(value - mean) > spread THEN 'outside' END AS signals FROM limited
)
SELECT metric_id, area_code, boundary, segment, period_start, period_end, unit, value, value_status,
  12 AS points, mean, abs(step) AS moving_range, mean - spread AS lower_limit,
  mean + spread AS upper_limit, mean - spread * 2 / 3 AS lower_near_limit,
  mean + spread * 2 / 3 AS upper_near_limit,
  signals,
  CASE WHEN 2 * count(signals) OVER (PARTITION BY area_code) > count(*) OVER (PARTITION BY area_code)
    THEN 'drifting' WHEN signals IS NULL THEN 'common_cause' WHEN value > mean THEN 'concern'
    ELSE 'improvement' END AS variation,
  CAST(NULL AS DOUBLE) AS target, CAST(NULL AS VARCHAR) AS assurance, true AS is_judged,
  CAST(NULL AS VARCHAR) AS why_not_judged
FROM judged;

CREATE TABLE marts.peer_feature AS
SELECT '2019' AS vintage, area_code, 'log_population' AS feature, 1.0::DOUBLE AS weight, value,
  value - 2 AS z_score, CAST(NULL AS VARCHAR) AS why_not_used
FROM (VALUES ('E06000015', 1.0::DOUBLE), ('E10000007', 3.0::DOUBLE)) AS t(area_code, value);

CREATE TABLE marts.peer AS
SELECT '2019' AS vintage, area_code, peer_code, 1 AS peer_rank, 2.0::DOUBLE AS distance,
  true AS is_latest_vintage
FROM (VALUES ('E06000015', 'E10000007'), ('E10000007', 'E06000015')) AS t(area_code, peer_code);

CREATE TABLE marts.scorecard AS
WITH latest AS (
  SELECT v.*, a.area_type FROM marts.metric_value AS v JOIN marts.area AS a USING (area_code)
  WHERE a.area_type IN ('council', 'country')
  QUALIFY row_number() OVER (
    PARTITION BY metric_id, area_code, period_type ORDER BY period_start DESC
  ) = 1
)
SELECT l.metric_id, l.area_code, l.area_type, l.boundary, l.area_code AS figure_area_code,
  l.period_type, l.period_start,
  l.value, l.value_status, e.value AS england_value, 15 AS peers, 15 AS peers_with_a_value,
  l.value AS peer_median, l.value - 1 AS peer_lower_quartile, l.value + 1 AS peer_upper_quartile,
  l.value - 2 AS peer_lowest, l.value + 2 AS peer_highest, CAST(NULL AS VARCHAR) AS why_no_peers,
  l.value - 3 AS earlier_value, CAST(3 AS DOUBLE) AS change_on_year
FROM latest AS l LEFT JOIN marts.metric_value AS e
  ON e.metric_id = l.metric_id AND e.area_code = 'E92000001' AND e.boundary = l.boundary
  AND e.period_type = l.period_type AND e.period_start = l.period_start;

CREATE TABLE marts.bcf_outturn AS
SELECT 'E92000001' AS area_code, measure, DATE '2015-04-01' AS period_start,
  'published' AS outturn_source, 'reset' AS plan_version, scenario, 'own' AS unit_value_of,
  planned AS change_planned, made AS change_made, made - planned AS gap, value AS unit_value,
  (made - planned) * value AS cost_over_plan, (made - planned) * value - 1 AS cost_over_plan_lower,
  (made - planned) * value + 1 AS cost_over_plan_upper, -planned * value AS forgone_saving,
  made * value AS growth_cost,
  CASE WHEN value IS NULL THEN 'missing' ELSE 'reported' END AS value_status,
  CASE WHEN value IS NULL THEN 'no saving was planned' END AS reason
FROM (VALUES
  ('delayed_days', 'average', -10.0, 6.0, 300.0), ('delayed_days', 'planned', -10.0, 6.0, NULL)
) AS t(measure, scenario, planned, made, value);

CREATE TABLE marts.bcf_money AS
SELECT 'E92000001' AS area_code, DATE '2015-04-01' AS period_start, 'published' AS origin,
  'reset' AS plan_version, 'contribution' AS side, kind AS split_by, kind AS member,
  CAST(amount AS DOUBLE) AS value, amount - 1.0 AS lower, amount + 1.0 AS upper
FROM (VALUES ('total', 10), ('minimum', 8), ('above_minimum', 2)) AS t(kind, amount);

CREATE TABLE marts.deflator AS
SELECT 'deflator ' || year(period_start) AS deflator_id, period_start,
  DATE '2016-04-01' AS price_year_start, ratio * 80 AS index_value,
  CAST(ratio AS DOUBLE) AS price_ratio
FROM (VALUES (DATE '2010-04-01', 0.9), (DATE '2016-04-01', 1.0)) AS t(period_start, ratio);

CREATE TABLE marts.spending_change AS
SELECT 'C101' AS claim_id, 'a_basis' AS basis_id, area_code, 100.0 AS base_cash_value,
  110.0 AS cash_value, 10.0 AS cash_change_percent, 200.0 AS base_real_value, 190.0 AS real_value,
  -5.0 AS real_change_percent, published AS published_change_percent, why
FROM (VALUES ('E92000001', -5.3, 'because'), ('E06000015', NULL, NULL)) AS t(area_code, published, why);

CREATE TABLE marts.release_change AS
SELECT '20260608T010203Z-00c0ffee' AS compared_with, v.metric_id, v.area_code, v.boundary,
  v.period_type, v.period_start, v.period_end, 'revised' AS change, v.value - 1 AS old_value,
  v.value AS new_value, CAST(1 AS DOUBLE) AS difference, 1 / (v.value - 1) AS relative_change,
  v.value_status AS old_status, v.value_status AS new_status, v.unit,
  v.published_on - 30 AS old_published_on, v.published_on AS new_published_on, false AS is_closed,
  'newer vintage' AS explanation, row_number() OVER (ORDER BY v.area_code) AS size_rank,
  v.lineage_id AS old_lineage_id, v.lineage_id
FROM (
  SELECT * FROM marts.metric_value WHERE value > 1
  ORDER BY metric_id, area_code, period_type, period_start LIMIT 1
) AS v;

CREATE SCHEMA history;
CREATE TABLE history.context AS
SELECT '20260608T010203Z-00c0ffee' AS compared_with, CAST(NULL AS VARCHAR) AS why_not,
  DATE '2026-06-09' AS today, false AS code_changed;
CREATE TABLE history.profile AS
SELECT 'metric' AS kind, metric_id AS id, period_type, period_start, max(period_end) AS period_end,
  period_start < DATE '2016-01-01' AS is_closed, count(*) AS rows_now, count(*) AS rows_last,
  count(DISTINCT area_code) AS areas_now, count(DISTINCT area_code) AS areas_last,
  sum(value) AS sum_now, sum(value) AS sum_last
FROM marts.metric_value GROUP BY ALL
UNION ALL
SELECT 'return', return_id, NULL, period_start, period_end, true, observations, observations,
  NULL, NULL, NULL, NULL
FROM marts.source_file WHERE is_current_vintage
UNION ALL
SELECT 'mart', 'delayed_days', NULL, period_start, max(period_end), true, count(*), count(*),
  count(DISTINCT area_code), count(DISTINCT area_code), NULL, NULL
FROM marts.delayed_days GROUP BY period_start;
CREATE TABLE history.cadence AS
SELECT return_id, 'month' AS every, 42 AS published_after_days, DATE '2015-04-01' AS first,
  DATE '2016-03-31' AS last, DATE '2026-06-10' AS late_from
FROM marts.source_file WHERE is_current_vintage GROUP BY return_id;
CREATE TABLE history.decision (decision_id BIGINT, kind VARCHAR, subject VARCHAR, reason VARCHAR,
  decided_by VARCHAR, decided_at TIMESTAMP, until DATE, is_new BOOLEAN);
