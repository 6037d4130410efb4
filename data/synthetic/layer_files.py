"""Districts, people and layers as files, some with the defects that such files have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from data.synthetic.files import write_csv, write_vector
from data.synthetic.names import stems
from data.synthetic.people import census_year
from data.synthetic.plane import geometry_to_degrees, to_degrees
from data.synthetic.posts import Posts
from data.synthetic.region import Region
from data.synthetic.streams import stream
from data.synthetic.travel import speeds

SWAPPED_SETTLEMENTS = 2
SITE_KINDS = ("local comunal", "colegio", "puesto de salud", "municipalidad")
MISSPELT_PROVINCES = 2


def write_layers(region: Region, folder: Path) -> None:
    """Everything but cases and effort."""
    folder.mkdir(parents=True, exist_ok=True)
    write_districts(region, folder)
    write_people(region, folder)
    write_ways(region, folder)
    write_mining(region, folder)
    write_posts(region, folder)


def write_districts(region: Region, folder: Path) -> None:
    """Polygons, one of them crossing itself; capitals; provinces, some misspelt; departments."""
    districts = region.districts
    random = stream(region.params.seed, "district files")
    polygons = districts.polygons.copy()
    spoilt = int(random.integers(len(polygons)))
    polygons[spoilt] = crossing_itself(polygons[spoilt])
    write_vector(
        folder / "distritos.gpkg",
        polygons,
        {
            "UBIGEO": districts.code,
            "NOMBDIST": districts.name,
            "NOMBPROV": districts.province,
            "NOMBDEP": districts.department,
        },
    )
    lonlat = to_degrees(districts.settlements.xy[districts.capital], region.params)
    write_csv(
        folder / "capitales.csv",
        {
            "UBIGEO": districts.code,
            "CAPITAL": districts.settlement_name[districts.capital],
            "LONGITUD": lonlat[:, 0],
            "LATITUD": lonlat[:, 1],
        },
    )
    provinces = pd.DataFrame({"IDPROV": districts.province_code, "NOMBPROV": districts.province})
    provinces = provinces.drop_duplicates(ignore_index=True)
    for row in random.choice(len(provinces), min(MISSPELT_PROVINCES, len(provinces)), False):
        provinces.loc[row, "NOMBPROV"] = misspelt(str(provinces.loc[row, "NOMBPROV"]))
    write_csv(folder / "provincias.csv", provinces)
    departments = {"IDDPTO": districts.department_code, "NOMBDEP": districts.department}
    named = pd.DataFrame(departments).drop_duplicates()
    write_csv(folder / "departamentos.csv", named)
    write_csv(
        folder / "contactos.csv",
        {
            "IDDPTO": named["IDDPTO"],
            "INSTITUCION": "Mesa regional ficticia de " + named["NOMBDEP"],
            "TELEFONO": "000 000",
        },
    )


def crossing_itself(polygon: shapely.Polygon) -> shapely.Polygon:
    """The polygon with two neighbouring vertices of its ring in the wrong order."""
    ring = shapely.get_coordinates(polygon.exterior)
    for first in range(1, len(ring) - 2):
        wrong = ring.copy()
        wrong[[first, first + 1]] = wrong[[first + 1, first]]
        spoilt = shapely.Polygon(wrong)
        if not spoilt.is_valid:
            return spoilt
    return polygon


def misspelt(name: str) -> str:
    """Two letters in the wrong order."""
    return name[:1] + name[2] + name[1] + name[3:]


def write_people(region: Region, folder: Path) -> None:
    """People by year (semicolons, byte order mark), settlements (a few swapped), poverty."""
    params, districts = region.params, region.districts
    years = np.arange(census_year(params), params.first_year + params.years)
    write_csv(
        folder / "poblacion.csv",
        {
            "UBIGEO": np.repeat(districts.code, len(years)),
            "ANIO": np.tile(years, len(districts)),
            "POBLACION": region.people[:, : len(years)].ravel(),
        },
        sep=";",
        encoding="utf-8-sig",
    )
    lonlat = to_degrees(districts.settlements.xy, params)
    small = np.argsort(districts.settlements.people, kind="stable")[:SWAPPED_SETTLEMENTS]
    lonlat[small] = lonlat[small][:, ::-1]
    code = districts.code[districts.district_of]
    number = pd.Series(code).groupby(code).cumcount() + 1
    write_csv(
        folder / "centros_poblados.csv",
        {
            "CODCCPP": code.astype(object) + number.astype(str).str.zfill(4).to_numpy(),
            "UBIGEO": code,
            "NOMBRE": districts.settlement_name,
            "POBLACION": districts.settlements.people,
            "LONGITUD": lonlat[:, 0],
            "LATITUD": lonlat[:, 1],
        },
    )
    poverty = {"UBIGEO": districts.code, "DISTRITO": districts.name, "POBREZA": region.poverty}
    write_csv(folder / "pobreza.csv", poverty, sep=";", encoding="latin-1")


def write_ways(region: Region, folder: Path) -> None:
    """Rivers with what is above and below, roads, and the border."""
    rivers, network, params = region.rivers, region.network, region.params
    reaches = len(rivers.lines)
    name = np.array(stems(int(rivers.river.max()) + 1, stream(params.seed, "river names")))
    below = rivers.downstream[1:]
    main = rivers.river[1:] == 0
    big = rivers.catchment_km2[1:] >= params.small_river_km2
    columns = {
        "TRAMO": np.arange(1, reaches + 1),
        "TRAMO_ABAJO": below,
        "RIO": name[rivers.river[1:]],
        "CLASE": np.where(main, "principal", np.where(big, "río", "quebrada")),
        "CUENCA_KM2": np.round(rivers.catchment_km2[1:], 1),
        "LARGO_KM": np.round(network.km[:reaches], 3),
    }
    for season, word in (("high", "CRECIENTE"), ("low", "VACIANTE")):
        down, back = speeds(params, network, season)
        columns[f"KMH_BAJADA_{word}"] = np.round(down[:reaches], 2)
        columns[f"KMH_SURCADA_{word}"] = np.round(back[:reaches], 2)
    write_vector(folder / "rios.gpkg", geometry_to_degrees(rivers.lines, params), columns)
    roads = region.roads
    write_vector(
        folder / "caminos.geojson",
        geometry_to_degrees(roads.lines, params),
        {
            "TIPO": np.where(roads.is_track, "trocha", "afirmado"),
            "LARGO_KM": np.round(network.km[reaches:], 3),
            "KMH": np.full(len(roads.lines), params.road_kmh),
        },
    )
    border = geometry_to_degrees(np.array([region.border], dtype=object), params)
    write_vector(folder / "frontera.geojson", border, {"NOMBRE": ["Frontera internacional"]})


def write_mining(region: Region, folder: Path) -> None:
    """Patches with their first year and the year from which they are left."""
    mining = region.mining
    write_vector(
        folder / "mineria.gpkg",
        geometry_to_degrees(mining.polygons, region.params),
        {
            "FRENTE": mining.front + 1,
            "ANIO": mining.year,
            "HASTA": mining.until,
            "AREA_HA": np.round(shapely.area(mining.polygons) * 100, 1),
        },
    )


def write_posts(region: Region, folder: Path) -> None:
    """Points; one police post has no true place, and a whole file has its columns swapped."""
    posts, districts = region.posts, region.districts
    police = points(region, posts.police, "Comisaría de ")
    police["ANIO_INICIO"] = posts.police.opened
    lost = police.iloc[[0]].assign(NOMBRE="Comisaría sin ubicar", LONGITUD=0.0, LATITUD=0.0)
    write_csv(folder / "comisarias.csv", pd.concat([police, lost]), sep=";", encoding="utf-8-sig")
    write_csv(folder / "fiscalias.csv", points(region, posts.prosecutors, "Fiscalía de "))
    centres = points(region, posts.women_centres, "CEM ")
    swapped = {"LONGITUD": "LATITUD", "LATITUD": "LONGITUD"}
    write_csv(folder / "cem.csv", centres.rename(columns=swapped))
    write_csv(folder / "puestos_salud.csv", points(region, posts.health, "P.S. "))
    write_csv(folder / "puertos.csv", points(region, posts.ports, "Puerto de "))
    crossings = points(region, posts.crossings, "Paso ")
    write_csv(folder / "pasos_frontera.csv", crossings, encoding="latin-1")
    towns = np.flatnonzero(districts.settlements.is_town)
    towns_as_posts = Posts(towns, np.zeros(len(towns), dtype=int))
    write_csv(folder / "ciudades.csv", points(region, towns_as_posts, ""))
    random = stream(region.params.seed, "site files")
    sites = points(region, posts.sites, "")
    sites["TIPO"] = random.choice(SITE_KINDS, len(sites))
    sites["EQUIPOS"] = random.integers(1, 4, len(sites))
    sites["COSTO_DIA"] = np.round(random.lognormal(np.log(350), 0.3, len(sites)))
    write_csv(folder / "sitios.csv", sites)


def points(region: Region, posts: Posts, kind: str) -> pd.DataFrame:
    """A row for each post, with the name of its place."""
    districts = region.districts
    lonlat = to_degrees(districts.settlements.xy[posts.settlement], region.params)
    return pd.DataFrame(
        {
            "UBIGEO": districts.code[districts.district_of[posts.settlement]],
            "NOMBRE": [kind + str(name) for name in districts.settlement_name[posts.settlement]],
            "LONGITUD": lonlat[:, 0],
            "LATITUD": lonlat[:, 1],
        }
    )
