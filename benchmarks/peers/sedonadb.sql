-- Tables as in region.py, held in memory, and places: the representative point of each mine with its
-- fid and value. A statement gives a code and some columns.

-- part: river_km_polygon
SELECT d.code, ST_Distance(d.geometry, r.geometry) / 1000 AS river_km_polygon
FROM districts d JOIN rivers r ON ST_KNN(d.geometry, r.geometry, 1, false);

-- part: river_km_capital
SELECT c.code, ST_Distance(c.geometry, r.geometry) / 1000 AS river_km_capital
FROM capitals c JOIN rivers r ON ST_KNN(c.geometry, r.geometry, 1, false);

-- part: river_km_people
SELECT p.code, sum(p.people * ST_Distance(p.geometry, r.geometry)) / sum(p.people) / 1000
    AS river_km_people
FROM points p JOIN rivers r ON ST_KNN(p.geometry, r.geometry, 1, false)
GROUP BY p.code;

-- part: mine_km_polygon
SELECT d.code, ST_Distance(d.geometry, m.geometry) / 1000 AS mine_km_polygon
FROM districts d JOIN mines m ON ST_KNN(d.geometry, m.geometry, 1, false);

-- part: mine_km_capital
SELECT c.code, ST_Distance(c.geometry, m.geometry) / 1000 AS mine_km_capital
FROM capitals c JOIN mines m ON ST_KNN(c.geometry, m.geometry, 1, false);

-- part: mine_share
SELECT d.code, 100 * ST_Area(covered.geometry) / ST_Area(d.geometry) AS mine_share
FROM districts d JOIN (
    SELECT d.code, ST_UnaryUnion(ST_Collect_Agg(ST_Intersection(m.geometry, d.geometry)))
        AS geometry -- a sixth of the time of ST_Union_Agg
    FROM districts d JOIN mines m ON ST_Intersects(d.geometry, m.geometry)
    GROUP BY d.code
) covered ON d.code = covered.code;

-- part: river_density
SELECT d.code, 1000 * inside.metres / ST_Area(d.geometry) AS river_density
FROM districts d JOIN (
    SELECT d.code, sum(
        CASE WHEN ST_CoveredBy(r.geometry, d.geometry) THEN ST_Length(r.geometry)
             ELSE ST_Length(ST_Intersection(r.geometry, d.geometry)) END
    ) AS metres
    FROM districts d JOIN rivers r ON ST_Intersects(d.geometry, r.geometry)
    GROUP BY d.code
) inside ON d.code = inside.code;

-- part: point_density
SELECT d.code, 1e9 * placed.number / ST_Area(d.geometry) AS point_density
FROM districts d JOIN (
    SELECT code, count(*) AS number FROM (
        SELECT p.fid, min(d.code) AS code
        FROM points p JOIN districts d ON ST_Intersects(d.geometry, p.geometry)
        GROUP BY p.fid
    ) one_each
    GROUP BY code
) placed ON d.code = placed.code;

-- part: mine_density
SELECT d.code, 1e9 * placed.number / ST_Area(d.geometry) AS mine_density
FROM districts d JOIN (
    SELECT code, count(*) AS number FROM (
        SELECT m.fid, min(d.code) AS code
        FROM places m JOIN districts d ON ST_Intersects(d.geometry, m.geometry)
        GROUP BY m.fid
    ) one_each
    GROUP BY code
) placed ON d.code = placed.code;

-- part: mines_around_people
SELECT p.code,
    sum(p.people * coalesce(number_10, 0)) / sum(p.people) / (pi() * 0.1) AS mines_10km_people,
    sum(p.people * coalesce(weight_10, 0)) / sum(p.people) / (pi() * 0.1) AS weight_10km_people,
    sum(p.people * coalesce(number_25, 0)) / sum(p.people) / (pi() * 0.625) AS mines_25km_people,
    sum(p.people * coalesce(weight_25, 0)) / sum(p.people) / (pi() * 0.625) AS weight_25km_people
FROM points p LEFT JOIN (
    SELECT fid,
        count(*) FILTER (WHERE metres <= 10000) AS number_10,
        sum(value) FILTER (WHERE metres <= 10000) AS weight_10,
        count(*) AS number_25,
        sum(value) AS weight_25
    FROM (
        SELECT p.fid, m.value, ST_Distance(p.geometry, m.geometry) AS metres
        FROM points p JOIN places m ON ST_DWithin(p.geometry, m.geometry, 25000)
    ) pairs
    GROUP BY fid
) around ON p.fid = around.fid
GROUP BY p.code;

-- part: points_around_people
SELECT p.code, sum(p.people * around.number) / sum(p.people) / (pi() * 0.1) AS points_10km_people
FROM points p JOIN (
    SELECT p.fid, count(*) AS number
    FROM points p JOIN points q ON ST_DWithin(p.geometry, q.geometry, 10000)
    GROUP BY p.fid
) around ON p.fid = around.fid
GROUP BY p.code;

-- part: mines_around_capitals
SELECT code,
    count(*) FILTER (WHERE metres <= 10000) / (pi() * 0.1) AS mines_10km_capital,
    count(*) FILTER (WHERE metres <= 25000) / (pi() * 0.625) AS mines_25km_capital,
    count(*) / (pi() * 2.5) AS mines_50km_capital
FROM (
    SELECT c.code, ST_Distance(c.geometry, m.geometry) AS metres
    FROM capitals c JOIN places m ON ST_DWithin(c.geometry, m.geometry, 50000)
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
