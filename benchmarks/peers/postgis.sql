-- Tables as in region.py, with a GiST index on every geometry, and mines.place: the representative
-- point of each mine, made and indexed beforehand. A statement gives a code and some columns.

-- part: river_km_polygon
SELECT d.code, ST_Distance(d.geometry, near.geometry) / 1000 AS river_km_polygon
FROM districts d
CROSS JOIN LATERAL (
    SELECT r.geometry FROM rivers r ORDER BY d.geometry <-> r.geometry LIMIT 1
) near;

-- part: river_km_capital
SELECT c.code, ST_Distance(c.geometry, near.geometry) / 1000 AS river_km_capital
FROM capitals c
CROSS JOIN LATERAL (
    SELECT r.geometry FROM rivers r ORDER BY c.geometry <-> r.geometry LIMIT 1
) near;

-- part: river_km_people
SELECT p.code, sum(p.people * ST_Distance(p.geometry, near.geometry)) / sum(p.people) / 1000
    AS river_km_people
FROM points p
CROSS JOIN LATERAL (
    SELECT r.geometry FROM rivers r ORDER BY p.geometry <-> r.geometry LIMIT 1
) near
GROUP BY p.code;

-- part: mine_km_polygon
SELECT d.code, ST_Distance(d.geometry, near.geometry) / 1000 AS mine_km_polygon
FROM districts d
CROSS JOIN LATERAL (
    SELECT m.geometry FROM mines m ORDER BY d.geometry <-> m.geometry LIMIT 1
) near;

-- part: mine_km_capital
SELECT c.code, ST_Distance(c.geometry, near.geometry) / 1000 AS mine_km_capital
FROM capitals c
CROSS JOIN LATERAL (
    SELECT m.geometry FROM mines m ORDER BY c.geometry <-> m.geometry LIMIT 1
) near;

-- part: mine_share
SELECT d.code, 100 * ST_Area(ST_Union(
    CASE WHEN ST_CoveredBy(m.geometry, d.geometry) THEN m.geometry
         ELSE ST_Intersection(m.geometry, d.geometry) END
)) / ST_Area(d.geometry) AS mine_share
FROM districts d JOIN mines m ON ST_Intersects(d.geometry, m.geometry)
GROUP BY d.code, d.geometry;

-- part: river_density
SELECT d.code, 1000 * sum(
    CASE WHEN ST_CoveredBy(r.geometry, d.geometry) THEN ST_Length(r.geometry)
         ELSE ST_Length(ST_Intersection(r.geometry, d.geometry)) END
) / ST_Area(d.geometry) AS river_density
FROM districts d JOIN rivers r ON ST_Intersects(d.geometry, r.geometry)
GROUP BY d.code, d.geometry;

-- part: point_density
SELECT d.code, 1e9 * placed.number / ST_Area(d.geometry) AS point_density
FROM districts d JOIN (
    SELECT code, count(*) AS number FROM (
        SELECT p.fid, min(d.code) AS code
        FROM points p JOIN districts d ON ST_Intersects(d.geometry, p.geometry)
        GROUP BY p.fid
    ) one_each
    GROUP BY code
) placed USING (code);

-- part: mine_density
SELECT d.code, 1e9 * placed.number / ST_Area(d.geometry) AS mine_density
FROM districts d JOIN (
    SELECT code, count(*) AS number FROM (
        SELECT m.fid, min(d.code) AS code
        FROM mines m JOIN districts d ON ST_Intersects(d.geometry, m.place)
        GROUP BY m.fid
    ) one_each
    GROUP BY code
) placed USING (code);

-- part: mines_around_people
SELECT code,
    sum(people * number_10) / sum(people) / (pi() * 0.1) AS mines_10km_people,
    sum(people * weight_10) / sum(people) / (pi() * 0.1) AS weight_10km_people,
    sum(people * number_25) / sum(people) / (pi() * 0.625) AS mines_25km_people,
    sum(people * weight_25) / sum(people) / (pi() * 0.625) AS weight_25km_people
FROM (
    SELECT fid, code, people,
        count(*) FILTER (WHERE metres <= 10000) AS number_10,
        coalesce(sum(value) FILTER (WHERE metres <= 10000), 0) AS weight_10,
        count(metres) AS number_25,
        coalesce(sum(value), 0) AS weight_25
    FROM (
        SELECT p.fid, p.code, p.people, m.value, ST_Distance(p.geometry, m.place) AS metres
        FROM points p LEFT JOIN mines m ON ST_DWithin(p.geometry, m.place, 25000)
    ) pairs
    GROUP BY fid, code, people
) around
GROUP BY code;

-- part: points_around_people
SELECT code, sum(people * number) / sum(people) / (pi() * 0.1) AS points_10km_people
FROM (
    SELECT p.code, p.people, count(*) AS number
    FROM points p JOIN points q ON ST_DWithin(p.geometry, q.geometry, 10000)
    GROUP BY p.fid, p.code, p.people
) around
GROUP BY code;

-- part: mines_around_capitals
SELECT code,
    count(*) FILTER (WHERE metres <= 10000) / (pi() * 0.1) AS mines_10km_capital,
    count(*) FILTER (WHERE metres <= 25000) / (pi() * 0.625) AS mines_25km_capital,
    count(*) / (pi() * 2.5) AS mines_50km_capital
FROM (
    SELECT c.code, ST_Distance(c.geometry, m.place) AS metres
    FROM capitals c JOIN mines m ON ST_DWithin(c.geometry, m.place, 50000)
) around
GROUP BY code;

-- part: points_around_capitals
SELECT code,
    count(*) FILTER (WHERE metres <= 10000) / (pi() * 0.1) AS points_10km_capital,
    count(*) FILTER (WHERE metres <= 25000) / (pi() * 0.625) AS points_25km_capital,
    count(*) / (pi() * 2.5) AS points_50km_capital
FROM (
    SELECT c.code, ST_Distance(c.geometry, p.geometry) AS metres
    FROM capitals c JOIN points p ON ST_DWithin(c.geometry, p.geometry, 50000)
) around
GROUP BY code;
