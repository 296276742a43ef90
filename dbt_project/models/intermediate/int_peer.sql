-- The councils nearest to each: distances are weighted means of squared differences of z-scores.
with distance as (
    select
        here.vintage,
        here.area_code,
        there.area_code as peer_code,
        round(
            sqrt(sum(here.weight * power(here.z_score - there.z_score, 2)) / sum(here.weight)), 9
        ) as distance
    from {{ ref('int_peer_feature') }} as here
    inner join {{ ref('int_peer_feature') }} as there
        on
            here.vintage = there.vintage
            and here.feature = there.feature
            and here.area_code <> there.area_code
    where here.z_score is not null and there.z_score is not null
    group by here.vintage, here.area_code, there.area_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by vintage, area_code order by distance, peer_code
        ) as peer_rank
    from distance
)

select
    ranked.vintage,
    ranked.area_code,
    ranked.peer_code,
    ranked.peer_rank,
    ranked.distance,
    ranked.vintage = max(ranked.vintage) over () as is_latest_vintage
from ranked
inner join {{ ref('peer_vintages') }} as vintage on ranked.vintage = vintage.vintage
where ranked.peer_rank <= vintage.peers
