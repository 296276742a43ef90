-- Councils' months of the metrics that commissioners report. A council of one whole commissioner
-- has its figure, and its lineage.
{{ sum_of_parts(ref('int_council_part'), 'apportioned') }}
