-- The vintages of the weights from commissioners to councils: each holds until the next begins.
select
    valid_from,
    lead(valid_from) over (order by valid_from) as next_from
from (
    select distinct valid_from from {{ ref('commissioner_council_weights') }}
) as vintage
