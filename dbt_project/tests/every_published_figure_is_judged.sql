-- A published figure of a kind that published_metrics does not name would be lost without a word.
select figure.figure_id
from {{ ref('published_figures') }} as figure
left join {{ ref('reconciliation') }} as judged on figure.figure_id = judged.figure_id
where judged.figure_id is null
