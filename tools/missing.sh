#!/bin/sh
# Names every tool that `make test-all` would use and does not find; says nothing where all are there.
missing() {
    echo "缺少 $1（Debian 软件包 $2）：相关测试将跳过；CI 中视为失败。" >&2
}
command -v chromium > /dev/null || missing chromium chromium
command -v chromedriver > /dev/null || missing chromedriver chromium-driver
ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || missing PostgreSQL postgresql
command -v pdftotext > /dev/null || missing pdftotext poppler-utils
command -v ogr2ogr > /dev/null || missing ogr2ogr gdal-bin
command -v soffice > /dev/null || missing LibreOffice 'libreoffice-calc libreoffice-base-drivers'
command -v fc-list > /dev/null && fc-list :lang=zh | grep -q . || missing 中文字体 fonts-noto-cjk
exit 0
